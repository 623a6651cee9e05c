/** LiteSVM keeps memory outside of what Node counts: a world that is over is collected only when somebody asks for it. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const worldsMax = 25;
let worlds = 0;

export function worldIsOver(): void {
  worlds += 1;
  if (worlds % worldsMax === 0) collect();
}
