/** The process that local/lambda/cold-start.ts measures. It is plain JavaScript: stripping types would be measured, too. */
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
const [url = ''] = process.argv.slice(2);
const nodeMs = cpuMs();
await import(url);
process.stdout.write(`${JSON.stringify({ nodeMs, loadMs: cpuMs() - nodeMs })}\n`, () =>
  process.exit(0),
);
