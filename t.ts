import { bundle, instantiate } from './test/sim/bundles.ts';
import { functionNames } from './lib/functions.ts';
import { AsyncLocalStorage } from 'node:async_hooks';
let t=performance.now();
const code = await bundle(['create-withdrawal','debit','on-ramp','broadcast','confirm','settle','refund','webhook','relay','sweep','reconcile','withdrawals','wallets','webhook-endpoints','provider-events']);
console.log('bundle', performance.now()-t, code.modules.size);
Object.assign(process.env,{MONEY_TABLE:'money',WEBHOOKS_TABLE:'webhooks',CONTROL_TABLE:'control',AWS_REGION:'us-east-1',AWS_ACCESS_KEY_ID:'a',AWS_SECRET_ACCESS_KEY:'b',ID_SECRET:'x'.repeat(40),DUE_BASE_URL:'http://due',DUE_API_KEY:'k',DUE_ACCOUNT_ID:'acct',EVM_TREASURY_ADDRESS:'0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',EVM_TREASURY_KEY:'0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',EVM_GAS_KEYS:'0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',POWERTOOLS_LOG_LEVEL:'SILENT',POWERTOOLS_METRICS_DISABLED:'true'});
for (let i=0;i<3;i++) for (const n of code.modules.keys()) { t=performance.now(); try { await instantiate(n, code, {}); } catch (e) { console.log(n, (e as Error).message)}; console.log(i, n, (performance.now()-t).toFixed(1)); }

for (const n of ['debit','relay','create-withdrawal','broadcast'] as const) {t=performance.now(); for (let i=0;i<50;i++) await instantiate(n, code, {}); console.log(n, (performance.now()-t)/50);}
