/** What worlds with a planted bug are built from: they are bundled with that one line changed. */
import { firstViolationIn } from '../rails/first-violation.ts';
import { solanaWorlds } from './scenarios.ts';

export const firstViolation = () => firstViolationIn(solanaWorlds, { seeds: 12, singles: 10 });
