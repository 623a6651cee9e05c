/** Builds the console (console/) into the files that the function `docs` serves: one page that loads nothing else. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';

const root = path.dirname(import.meta.dirname);

const hashOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Draws the page's icon, a bridge between two towers. Without one, browsers ask for a file that is not there. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#4f46e5"/><path d="M4 21h24M9 8v17M23 8v17M9 10q7 14 14 0" fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round"/></svg>',
)}`;

/** The page and the content security policy that it is served with. */
export function consolePage(): { page: string; policy: string } {
  const { outputFiles } = buildSync({
    write: false,
    absWorkingDir: root,
    entryPoints: ['console/main.tsx', 'console/style/main.css'],
    outdir: 'console',
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    logLevel: 'error',
  });
  const built = (extension: string): string => {
    const text = outputFiles.find((file) => file.path.endsWith(extension))?.text;
    if (text === undefined) throw new Error(`The console was built without a ${extension}.`);
    return text.trim();
  };
  // HTML ends a script or a style at its first end tag, even in a string. `<\/` is the same text in JavaScript.
  const script = built('.js').replaceAll('</script', '<\\/script');
  const style = built('.css');
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Drawbridge</title>
<link rel="icon" href="${icon}">
<style>${style}</style>
</head>
<body>
<div id="console"></div>
<noscript>The console is a program that runs in this page: it needs JavaScript.</noscript>
<script>${script}</script>
</body>
</html>
`;
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
  return { page, policy };
}

/** Writes `console.html.gz` and `console.json` (its policy) into the directory. */
export function writeConsole(directory: string): void {
  const { page, policy } = consolePage();
  writeFileSync(path.join(directory, 'console.html.gz'), gzipSync(page, { level: 9 }));
  writeFileSync(path.join(directory, 'console.json'), JSON.stringify({ policy }));
}
