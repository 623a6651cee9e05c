/** The thread that local/simulators/thread.ts starts. */
import { hostSimulators } from './thread.ts';

hostSimulators();
