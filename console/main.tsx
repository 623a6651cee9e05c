/** The console: one page on which money is seen to move, and steered. It uses the API and nothing else. */
import { render } from 'preact';
import { Shell } from './shell.tsx';

const root = document.getElementById('console');
if (root === null) throw new Error('The page has no place for the console.');
render(<Shell />, root);
