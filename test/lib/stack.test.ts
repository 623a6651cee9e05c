/** All that is said about the stack's template: loading the CDK takes longer than most of what is asked, and is done once. */
import './alarms.part.ts';
import './app.part.ts';
import './function.part.ts';
import './http-api.part.ts';
import './permissions.part.ts';
import './queries.part.ts';
import './signing-key.part.ts';
import './step.part.ts';
import './tables.part.ts';
