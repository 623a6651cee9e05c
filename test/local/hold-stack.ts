/** A program for tests to kill: it runs a stack in the directory of its argument, and then prints one line of JSON. */
import { killable } from './killable-stack.ts';

const [directory = ''] = process.argv.slice(2);
const running = await killable(directory);
console.log(JSON.stringify({ awsUrl: running.awsUrl }));
