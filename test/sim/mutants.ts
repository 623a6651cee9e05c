// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the product's own lines
/**
 * Bugs to be found: one change each of a line of the product that would lose, double or misplace money or news of it.
 * A mutant that survives means that a fault, an invariant or a scenario is missing.
 */
import type { Mutation } from './bundles.ts';

export type Mutant = Mutation & {
  bug: string;
  /** It shows only when a certain call fails: few runs do not find it. */
  isSubtle: boolean;
};

const m = (bug: string, file: string, from: string, to: string, isSubtle = false): Mutant => ({
  isSubtle,
  bug,
  file: `lambdas/${file}`,
  from,
  to,
});

// biome-ignore format: a table
export const mutants: readonly Mutant[] = [
  // What an answer proves.
  m('a lost answer is taken for a no', 'core/effect/verdict.ts', "case 'UNKNOWN':\n", "case 'UNKNOWN':\n      if (effect.sends > 0) return { is: 'not-made', code: 'timeout' };\n"),
  m('one look is proof', 'core/effect/verdict.ts', 'const until = later(nothingSince, apartMs);', 'const until = now;', true),
  m('a no to a repetition is taken for a no to the first', 'core/effect/verdict.ts', 'return effect.sends === 1 || proofMs === 0', 'return effect.sends > 0', true),
  m('sends are not counted', 'core/store/send-record.ts', 'sends: effect.sends + 1,', 'sends: effect.sends,'),
  m('it is sent again although it was not saved', 'core/effect/effect.ts', 'const claimed = (await commitGroups(store, claims)).map(({ send }) => send);', 'const claimed = claims.map(({ send }) => send);\n  await commitGroups(store, claims);', true),
  m('any 5xx of the brokerage is a no', 'adapters/alpaca/replies.ts', 'if (code !== null) return { outcome: \'NOT_APPLIED\', code };', "if (code !== null || status >= 500) return { outcome: 'NOT_APPLIED', code: code ?? 'invalid' };"),
  m('any 5xx of the on-ramp is a no', 'adapters/due/refusals.ts', 'if (status < 400 || status >= 500 ||', "if (status >= 500) return 'err_channel_restricted';\n  if (status < 400 ||"),
  m('no answer is an answer', 'adapters/net/http.ts', "return { reply: 'lost', why: lossOf(error) }", "return { reply: 'answered', status: 400, headers: {}, body: { code: 'err_policy_x', message: '' } }"),
  m('a journal that waits is refused', 'adapters/alpaca/shapes.ts', "case 'sent_to_clearing':\n    case 'pending':\n      return 'pending';", "case 'sent_to_clearing':\n    case 'pending':\n      return 'refused';"),
  m('a journal that waits says nothing', 'core/brokerage/brokerage.ts', "if (inState('pending', 'unknown').length > 0) return { verdict: 'open' };", '', true),
  m('a word that nobody knows is a refusal', 'adapters/alpaca/shapes.ts', "return 'unknown'; // \"New enum", "return 'refused'; // \"New enum", true),
  m('dollars on their way back are back', 'adapters/due/shapes.ts', "return 'returning';", "return 'returned';"),

  // The brokerage.
  m('each attempt of a journal has a key of its own', 'core/brokerage/journal.ts', 'brokerage.journal({ key, bytes })', "brokerage.journal({ key: key.replace(/^../, String(Math.floor(clock.now() / 1000) % 90 + 10)), bytes })"),
  m('what has no answer counts as not taken', 'core/brokerage/cash.ts', 'left - (asked - (taken.get(walletId) ?? 0n))', 'left - 0n * asked'),
  m('the cash is not asked for', 'core/wallet/debit-at-brokerage.ts', 'const end = next.findIndex(({ amount }) => {', 'const end = next.findIndex(({ amount }) => {\n      left += amount;'),
  m('the cash is not looked at again before signing', 'core/payout/broadcast.ts', 'await stillFunded(world, rest),', 'rest,'),
  m('the hold is released without the mirror journal', 'core/wallet/refund-at-brokerage.ts', 'if (effect === undefined) await beginReturn(world, wallet, withdrawal);', 'if (effect === undefined) await giveBack(world, withdrawal, clock.now());'),
  m('the hold is released before the mirror journal is executed', 'core/wallet/refund-at-brokerage.ts', "if (answer === 'open') return;\n  if (answer === 'not-moved' ||", "if (answer === 'not-moved' ||"),
  m('the mirror goes the same way as the journal', 'core/brokerage/brokerage.ts', 'from: firm,\n  to: customer,', 'from: customer,\n  to: firm,'),

  // The on-ramp.
  m('a transfer may be claimed twice', 'adapters/dynamo/commit.ts', '`${absent} OR withdrawalId = :by`', '`${absent} OR withdrawalId = :by OR attribute_exists(pk)`', true),
  m('the on-ramp is asked before it is saved', 'core/on-ramp/quote.ts', 'const made = await commitGroups(world.store, groups);', 'const made = groups;\n  await commitGroups(world.store, groups);', true),
  m('a refund needs no look at what the client cancelled', 'core/withdrawal/withdrawal.ts', "payoutBarrier: stage === 'refunding' ? 'CLOSED' : from.payoutBarrier,", 'payoutBarrier: from.payoutBarrier,'),

  // Dollars that are wired, and deposits.
  m('a wire that is not seen is asked for again at once', 'core/on-ramp/wire.ts', 'later(effect.lastSentAt, wireProofMs), until', 'effect.lastSentAt, until', true),
  m('only the first page of wires is read', 'adapters/alpaca/firm-wires.ts', 'for (let page = 0; page < pagesNow && !deadline.aborted; page += 1) {', 'for (let page = 0; page < pagesNow && !deadline.aborted; page += 1) {\n      if (page === 1) return { ok: true, value: rows };', true),
  m('a wire that is no longer listed may be wired again', 'core/on-ramp/wire-seen.ts', "return effect.wireId === null ? { found: 'these', values: [] } : { found: 'unclear' };", "return { found: 'these', values: [] };", true),
  m('one look suffices for a second wire', 'core/on-ramp/wire.ts', 'looksApartMs: wireLooksApartMs,', '', true),
  m('a memo in other words is another wire’s', 'core/on-ramp/wire-seen.ts', "if (doubtful.length > 0) return { found: 'unclear' };", '', true),
  m('an unclaimed deposit counts as stock', 'core/reconcile/stock.ts', 'if (claims.has(id)) return true;', 'if (claims.has(id)) return true;\n    if (accountId !== null) return false;', true),
  m('the fee is taken out of the wire', 'adapters/alpaca/brokerage.ts', "fee_payment_method: 'invoice',", "fee_payment_method: 'user',"),
  m('what waits for approval is refused', 'adapters/alpaca/shapes.ts', "    case 'APPROVAL_PENDING':\n    case 'PENDING':\n    case 'SENT_TO_CLEARING':\n    case 'APPROVED':\n      return 'pending';", "    case 'PENDING':\n    case 'SENT_TO_CLEARING':\n    case 'APPROVED':\n      return 'pending';\n    case 'APPROVAL_PENDING':\n      return 'refused';"),
  m('a deposit is claimed before its own wire has gone', 'core/on-ramp/pay-in.ts', "      end.value.state === 'sent' &&\n", ''),
  m('a deposit that is claimed is free', 'core/on-ramp/pay-in.ts', 'new Set(deposits.filter(({ id }) => !claimed.has(id)))', 'new Set(deposits)'),
  m('a conversion that takes long says nothing', 'core/on-ramp/late.ts', 'if (ageMs < conversionLateMs) return [];', 'if (ageMs > 0) return [];'),

  // Reconciliation.
  m('reconciliation skips what it could not read', 'core/reconcile/run.ts', 'if (unread.some((memo) => memo === null || ourMemos.has(memo)))', 'if (unread.length < 0)'),
  m('a chain that could not be read agrees', 'core/reconcile/chain-books.ts', "return end?.status === 'rejected' ? [{", "return end?.status === 'rejected' && asset === 'SOL' ? [{"),
  m('reconciliation overlooks journals of nobody', 'core/reconcile/brokerage.ts', '!known.has(one.description) && mayMove(one)', 'known.has(one.description) && mayMove(one)'),
  m('reconciliation overlooks wires of nobody', 'core/reconcile/reconcile.ts', '...wireDifferences(brokerage, known, transfers, stock, lost, age),', '...wireDifferences({ ...brokerage, wires: [] }, [], transfers, stock, lost, age),'),
  m('reconciliation believes the on-ramp that it has paid', 'core/reconcile/reconcile.ts', '...depositDifferences(booked, transfers, chains, period, isStill),', ''),
  m('money that is under way is a difference', 'core/reconcile/reconcile.ts', 'at <= startedAt - inFlightMs', 'at <= startedAt', true),
  m('a treasury that only received is forgotten', 'core/reconcile/chain-books.ts', 'effect?.payee === undefined ? []', 'effect?.payee !== undefined ? []'),
  m('a block before the checkpoint is verified by nobody', 'core/reconcile/rounds.ts', "if (checkpoint === null || 'unreadable' in checkpoint) return { is: 'right' };", "if (checkpoint === null || checkpoint !== null || 'unreadable' in checkpoint) return { is: 'right' };", true),
  m('a checkpoint forgets what is held', 'core/reconcile/ledger.ts', 'place: (): Place => ({ balance, at, holds: new Map([...holds].filter(isOpen)) }),', 'place: (): Place => ({ balance, at, holds: new Map() }),', true),

  // The payout.
  m('the bytes are sent before they are saved', 'core/rails/evm/sign.ts', 'const { raw, hash } = await signer.carry(chain, carrier, authorization, signature);', 'const { raw, hash } = await signer.carry(chain, carrier, authorization, signature);\n          await chain.send(raw);'),
  m('a batch is sent before it is saved', 'core/rails/evm/together.ts', 'const { raw, hash } = await signer.carryAll(chain, { ...carrier, gas }, contract, members);', 'const { raw, hash } = await signer.carryAll(chain, { ...carrier, gas }, contract, members);\n  await chain.send(raw, carrier.nonce);'),
  m('all members of a batch have the gas of one', 'core/rails/evm/together.ts', 'const gas = gasEach * BigInt(members.length);', 'const gas = gasEach;'),
  m('of payments that are alike any will do', 'adapters/evm/logs.ts', 'transfers.get(placeAfter(used));', '[...transfers.values()].find((log) => log.transactionHash === used.transactionHash);'),
  m('a batch is replaced for one member only', 'core/payout/replaced.ts', '...sharing.flatMap(({ withdrawal: from }): Change[] => {', '...sharing.slice(0, 1).flatMap(({ withdrawal: from }): Change[] => {'),
  m('a batch in the place of another is the same attempt', 'core/rails/evm/carry.ts', 'number: number + 1 });', 'number });', true),
  m('any code carries payouts together', 'adapters/evm/contract.ts', 'isKnown = keccak256(code) === payoutsCodeHash;', 'isKnown = keccak256(code) !== address;', true),
  m('reconciliation does not know batches', 'adapters/dynamo/reconcile.ts', 'payoutBatch === undefined ? keyOf.attempt(id, attempts) : keyOf.batch(payoutBatch);', 'payoutBatch === id ? keyOf.batch(payoutBatch) : keyOf.attempt(id, attempts);', true),
  m('the authorization is another one each time', 'core/rails/evm/sign.ts', 'nonce: payoutNonce(chainId, token, withdrawalId),', 'nonce: payoutNonce(chainId, token, `${withdrawalId}${latestAt}` as typeof withdrawalId),'),
  m('the newest block is final', 'core/rails/evm/verdict.ts', 'from, head.final)', 'from, head.latest)'),
  m("events of any authorizer are our payer's", 'adapters/evm/logs.ts', '[nonceEvents, authorizer, [...nonces]]', '[nonceEvents, null, [...nonces]]'),
  m('a cancelled authorization is a paid one', 'core/rails/evm/verdict.ts', "event.kind === 'used'\n", "event.kind !== 'used'\n"),
  m('whoever cancels a payout, it is given back', 'core/payout/confirm.ts', "const { ending: failure } = from;", "const { ending: failure = { code: 'PAYOUT_CANCELLED', message: '', retryable: false } as const } = from;\n      if (verdict.is === 'cancelled') return moveTo(from, 'refunding', { failure, proof: { proof: 'cancelled', at: verdict.at } }, now);"),
  m('what is being ended is signed again all the same', 'core/payout/carry-on.ts', 'withdrawal.ending !== undefined && attempt.ends === undefined;', 'withdrawal.ending !== undefined && attempt.ends === undefined && attempt.number > 1_000;'),
  m('the payout is what was taken, without the fee', 'core/payout/rail.ts', '{ payout: one.payout, fee: one.fee }', '{ payout: minor(one.payout + one.fee), fee: one.fee }'),
  m('nonces of a lane are given out twice', 'adapters/dynamo/commit.ts', "ConditionExpression: '#next = :from',", "ConditionExpression: '#next >= :from OR #next < :from',", true),
  m('it is paid to whoever carries it', 'core/payout/rail.ts', 'to: one.destination,', "to: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',"),

  m('the treasury of today has paid whatever was paid', 'core/rails/evm/verdict.ts', 'one, payer: await payerOf(one, store)', 'one, payer: (await payerOf(one, store)) && chain.treasury'),
  m('a suggestion of a tip is believed', 'core/rails/evm/sign.ts', "if (fees.maxFeePerGas > fees.cap) return waiting('fee-above-cap');", ''),
  m('a range of logs that is refused is not divided', 'adapters/evm/ranges.ts', 'if (size === 1 || isShut(error)) throw error;', 'if (size >= 1 || isShut(error)) throw error;'),

  // Ether.
  m('ether is sent before it is saved', 'core/rails/ether/sign.ts', 'const { raw, hash } = await signer.sign(chain, carrier, transfer);', 'const { raw, hash } = await signer.sign(chain, carrier, transfer);\n          await chain.send(raw, carrier.nonce);'),
  m('nonces of the treasury are given out without a record', 'core/rails/ether/sign.ts', 'changes: [given, ...promises]', 'changes: [...promises]'),
  m('ether goes to whoever pays it', 'core/rails/ether/sign.ts', 'const transfer = { to: evmOnly(payment.to), value: payment.value };', 'const transfer = { to: payer, value: payment.value };'),
  m('ether that failed on chain is paid', 'core/rails/ether/verdict.ts', "if (!receipt.succeeded) return { is: 'reverted', at };", ''),
  m('the newest block is final for ether', 'core/rails/ether/verdict.ts', 'const head = await chain.head();', 'const newest = await chain.head();\n  const head = { ...newest, final: newest.latest };'),
  m('ether that is offered anew has a nonce of its own', 'core/rails/ether/replace.ts', 'const carrier = { from, nonce, fees: { maxFeePerGas, maxPriorityFeePerGas }, gas };', 'const carrier = { from, nonce: nonce + 1, fees: { maxFeePerGas, maxPriorityFeePerGas }, gas };'),
  m('reconciliation does not know nonces', 'adapters/evm/ether-record.ts', 'if (latest === null) return id;', "if (latest === null || id !== '') return id;"),

  m('what ends a payout of ether pays it all the same', 'core/rails/ether/replace.ts', 'own, { to: from, value: 0n }, fees);', 'own, own.ether.transfer, fees);'),
  m('ether whose nonce somebody else has used is paid', 'core/rails/ether/verdict.ts', "return { is: 'cancelled', byUs: false, at: { block: spender.block, index: spender.index } };", "const { height, block, index } = spender;\n  return { is: 'paid', txId: spender.hash, place: { height, block, index }, confirmations: 3 };"),
  m('only the last attempt of ether is looked at', 'core/rails/ether/verdict.ts', 'attempts.map(async (own) => ({ own,', 'attempts.slice(-1).map(async (own) => ({ own,'),
  m('what a former treasury has signed is waited for for ever', 'core/payout/carry-on.ts', "if (next === 'payer-replaced' && isStranded(from, now))", "if (next === 'payer-replaced' && now < 0)", true),
  m('a nonce of the treasury is left out', 'core/rails/ether/sign.ts', 'nonce: next.start + place, fees, gas };', 'nonce: next.start + place + 1, fees, gas };'),

  // Batches.
  m('a line of a batch that is sent again is another withdrawal', 'api/batches.ts', "  const accept = makeAcceptWithdrawal({\n    ...{ ...world, requests },", "  const accept = makeAcceptWithdrawal({\n    ...{ ...world, requests, idSecret: `${idSecret}${Date.now()}` },", true),

  // What others say.
  m('surplus decimals are cut off', 'adapters/net/reading.ts', 'if (whole !== undefined && /^0*$/.test(fraction.slice(places)))', 'if (whole !== undefined)'),
  m('a foreign row makes a list unreadable', 'adapters/net/reading.ts', 'rows.filter((row) => !isAnothers(row))', 'rows'),
  m('the on-ramp says what it has paid', 'core/on-ramp/arrival.ts', 'filter(({ value }) => value === payout)', 'filter(({ value }) => value > 0n)'),
  m('what the on-ramp pays is looked for at the treasury of today', 'core/on-ramp/on-ramp.ts', 'arrivalOf(world, one.withdrawal, transfer, one.effect.payee)', 'arrivalOf(world, one.withdrawal, transfer)'),

  // Switches.
  m('what is stopped is signed all the same', 'core/payout/sign.ts', "(await switches.held('sign')) ?? (await switches.held('broadcast'));", '(await switches.held(\'webhook\')) ?? null;'),
  m('no switch holds a call back', 'core/switches/switches.ts', "return off === 'processor' ? 'processor-stopped' : 'switch';", 'return null;'),
  m('what is held back fails until it is a dead letter', 'core/on-ramp/quote.ts', "  if (held !== null) {\n", "  if (held !== null) throw new Error('held');\n  if (held !== null) {\n"),

  // The ledger and the store.
  m('a withdrawal moves whatever its version', 'adapters/dynamo/actions.ts', "ConditionExpression: '#version = :version',\n      ExpressionAttributeNames: names,", "ConditionExpression: '#version = :version OR attribute_exists(pk)',\n      ExpressionAttributeNames: names,"),
  m('the version is not counted', 'core/withdrawal/withdrawal.ts', 'version: from.version + 1,\n    updatedAt: at,', 'version: from.version,\n    updatedAt: at,'),
  m('what was refused is taken for made', 'adapters/dynamo/write.ts', 'if (refused.length > 0) return refused;', 'if (refused.length > 0) return [];', true),
  m('more is held than there is', 'core/ledger/ledger.ts', 'if (leaves !== null && leaves < posting.amount) return false;', ''),
  m('the fee is spent twice', 'core/wallet/holds.ts', 'amount: subtract(amount, fee), sourceId', 'amount, sourceId'),
  m('what is given back still counts for the day', 'core/wallet/debit.ts', 'if (!paid) unpaid.push(from);', 'if (paid) unpaid.push(from);'),
  m('a released hold goes to nobody', 'core/ledger/ledger.ts', "RELEASE: { debit: 'wallet:held', credit: 'wallet:available' },", "RELEASE: { debit: 'wallet:held', credit: 'external:deposit' },"),
  m('blocks are not chained', 'core/ledger/ledger.ts', 'prevHash: before.lastHash,', 'prevHash: genesisHash,'),
  m('a tail that is full is forgotten', 'core/ledger/tail.ts', 'return { to: to([block]), row: tail };', 'return { to: to([block]), row: [] };'),
  m('a tail that has become a row stays', 'core/ledger/tail.ts', 'return { to: to([block]), row: tail };', 'return { to: to(grown), row: tail };'),
  m('reconciliation does not know tails', 'adapters/dynamo/reconcile-wallets.ts', '{ tail, read: rowBlocks,', '{ tail: [], read: rowBlocks,'),
  m('half of a batch that was not processed is forgotten', 'adapters/dynamo/store.ts', 'for (let tries = 0; pending.length > 0; tries += 1) {', 'for (let tries = 0; tries < 1; tries += 1) {', true),
  m('only the first part of a wallet’s list is read', 'adapters/dynamo/waiting.ts', 'walletListPartitions(walletId, count)', 'walletListPartitions(walletId, 1)'),
  m('only the first part of a wallet’s inbox is read', 'adapters/dynamo/waiting.ts', 'Array.from({ length: count }, (_, shard)', 'Array.from({ length: 1 }, (_, shard)'),
  m('a wallet’s list is shown without its other parts', 'adapters/dynamo/lists.ts', 'of.wallet.id, of.wallet.listShards)', 'of.wallet.id, 1)'),
  m('a wallet that has grown is read as it was', 'core/wallet/look.ts', '|| listShards > shards.listShards)', '|| listShards < 1)'),
  m('what waits in a wallet is in any order', 'core/wallet/look.ts', '.sort(earlierFirst)\n    .map(', '.sort((a, b) => earlierFirst(b, a))\n    .map('),

  // Clients.
  m('keys of one tenant are keys of all', 'core/kernel/ids.ts', "derived(secret, [tenant, 'withdrawal', key, String(generation)])", "derived(secret, ['withdrawal', key, String(generation)])"),
  m('two events have one id', 'core/webhooks/event.ts', 'id: eventId(id, sequence),', 'id: eventId(id, 1),'),
  m('a new stage is told to nobody', 'core/outbox/changes.ts', 'withdrawalEvent(was, explorers) ?? []', "(change.item === 'retry' ? withdrawalEvent(was, explorers) : null) ?? []"),
  m('any answer of a receiver is success', 'core/webhooks/webhook.ts', 'httpStatus !== null && httpStatus >= 200 && httpStatus < 300;', 'httpStatus !== null;', true),
  m('an attempt is made before it is recorded', 'core/webhooks/webhook.ts', 'attempts: [...earlier, attempt],', 'attempts: earlier,'),
  m('a delivery is not counted', 'core/webhooks/tally.ts', 'open: 1 };', 'open: 0 };'),
  m('a receiver that is gone is told on', 'core/webhooks/deliver.ts', "if (result.httpStatus === 410) return 'RECEIVER_GONE';", ''),
  m('the old secret does not sign along', 'core/webhooks/endpoint.ts', "  ...formerSecrets.filter(({ until }) => until > now).map((one) => one.secret),", ''),
  m('a redelivery forgets what was before', 'adapters/dynamo/webhook-replays.ts', 'Item: roundToRow(from),', 'Item: roundToRow({ ...from, attempts: [] }),'),
  m('a redelivery is another event', 'core/webhooks/webhook.ts', "    openedBy: by,", "    openedBy: by,\n    eventId: `${from.eventId}x`,", true),
  m('an answer of 3xx is success', 'core/webhooks/webhook.ts', 'httpStatus < 300;', 'httpStatus < 400;'),
  m('an attempt is recorded when it is over', 'core/webhooks/deliver.ts', 'if (!(await world.saveBegin(begun))) return false;', 'await world.send(endpoint, begun, () => undefined);\n  if (!(await world.saveBegin(begun))) return false;'),
  m('an attempt that another has taken is made twice', 'core/webhooks/deliver.ts', 'if (!(await world.saveBegin(begun))) return false;', 'await world.saveBegin(begun);', true),
  m('a disabled endpoint is told on', 'core/webhooks/deliver.ts', "if (!endpoint.enabled) return giveUp('ENDPOINT_DISABLED');", ''),
  m('a replay leaves out its last step', 'core/webhooks/replay.ts', 'for (const one of next.deliveries) await', 'for (const one of next.isLast ? [] : next.deliveries) await'),
  m('a replay begins anew', 'api/resources/webhook-deliveries.ts', "const goesOn = before !== null && (before.dueAt !== null || isEnded(before));\n", "const goesOn = false;\n      if (before !== null) {\n        await replays.saveReplay({ ...newReplay(endpoint, since, now, 0), version: before.version + 1 });\n        continue;\n      }\n"),
  m('a step of a replay that is made twice opens twice', 'core/webhooks/replay.ts', '|| delivery.openedBy === by) return false;', ') return false;', true),

  // Getting on.
  m('nothing is swept', 'core/outbox/sweep.ts', 'await doorbells.ring(messages);', 'await doorbells.ring([]);'),
  m('a wait is never due', 'core/withdrawal/retry.ts', 'dueAt: nextAttemptAt,\n    history: withWait(', 'dueAt: null,\n    history: withWait('),
  m('what cannot be paid is parked', 'core/on-ramp/endings.ts', 'pending:          [{ next: stay }],', "pending:          [{ when: (_, { withdrawal }) => withdrawal.version > 3, next: review('It takes long.') }, { next: stay }],"),
];
