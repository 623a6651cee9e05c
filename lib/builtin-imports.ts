/**
 * Has bundles ask Node for its own modules instead of importing them. Node makes a facade of a module that is imported, and
 * for that reads each of its exports, those too that load more when they are read: `node:http` loads a client for WebSockets
 * then, which takes longer than all the rest of a function (Node's documentation, "process.getBuiltinModule").
 */

const statement =
  /\bimport\b\s*(?:(?<whole>[\w$]+)\s*,?\s*)?(?:\{(?<named>[^{}]*)\}|\*\s*as\s+(?<space>[\w$]+))?\s*(?:\bfrom\s*)?"(?<module>node:[a-z_/]+)";?/g;
const dynamic = /\bimport\("(node:[a-z_/]+)"\)/g;

const asked = (module: string): string => `process.getBuiltinModule("${module}")`;

/** Takes a bundle as esbuild writes it, whose imports of Node's modules all bear the prefix `node:`. */
export function withoutFacades(code: string): string {
  const declared: string[] = [];
  const rest = code.replace(statement, (...found) => {
    const { whole, named, space, module } = found.at(-1) as Record<string, string | undefined>;
    const from = asked(module ?? '');
    for (const name of [whole, space]) if (name !== undefined) declared.push(`${name}=${from}`);
    if (named !== undefined && named.trim() !== '')
      declared.push(`{${named.replace(/\s+as\s+/g, ':')}}=${from}`);
    return '';
  });
  // Imports come before everything else, wherever they stand.
  const first = declared.length === 0 ? '' : `const ${declared.join(',')};`;
  return first + rest.replace(dynamic, (_, module: string) => `Promise.resolve(${asked(module)})`);
}
