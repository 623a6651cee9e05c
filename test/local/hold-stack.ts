/** A stack in a process of its own, to be killed: prints one line of JSON when it runs. Its argument: the directory. */
import { killable } from './killable-stack.ts';

const [directory = ''] = process.argv.slice(2);
const running = await killable(directory);
console.log(JSON.stringify({ awsUrl: running.awsUrl }));
