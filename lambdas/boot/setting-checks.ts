/** Settings that cannot be right, each with its name in the complaint. */
import type { Hex } from '../core/kernel/networks.ts';

/** What `parse` makes of a setting, with the setting's name in its complaint. */
export function parsed<T>(name: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    throw new Error(`${name} is ${(error as Error).message}.`, { cause: error });
  }
}

/** Never shows what it holds. */
export function privateKey(name: string, text: string): Hex {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text))
    throw new Error(`${name} holds something that is no private key (0x and 64 hex digits).`);
  return text as Hex;
}
