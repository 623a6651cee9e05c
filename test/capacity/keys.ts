/** AWS KMS and Secrets Manager: a treasury's key that signs so many times a second at most, and gas keys that are read once. */
import { secp256k1 } from '@noble/curves/secp256k1';
import { hexToBytes } from 'viem';
import { gasPayers, treasury } from '../../local/chains/dev-accounts.ts';
import type { WireResponse } from '../sim/world.ts';
import { kms } from './aws.ts';
import { Peak, Purses } from './rates.ts';

/** What a SubjectPublicKeyInfo of this curve begins with (RFC 5480); the uncompressed point follows. */
const publicKeyHead = Buffer.from('3056301006072a8648ce3d020106052b8104000a034200', 'hex');
export const treasuryKeyId = 'treasury';
export const gasSecretArns = gasPayers.map((_, index) => `arn:gas-key:${index}`);

export function keysModel(now: () => number) {
  const rate = new Purses(kms.signatures, 1);
  const peak = new Peak();
  const used = { signatures: 0 };
  const ok = (body: object): WireResponse => ({ status: 200, body: JSON.stringify(body) });
  const key = hexToBytes(treasury.privateKey);
  return {
    used,
    peak,
    execute: (operation: string, input: object): WireResponse => {
      const { Message = '', SecretId = '' } = input as { Message?: string; SecretId?: string };
      switch (operation) {
        case 'GetPublicKey': {
          const point = Buffer.from(secp256k1.getPublicKey(key, false));
          return ok({ PublicKey: Buffer.concat([publicKeyHead, point]).toString('base64') });
        }
        case 'GetSecretValue':
          return ok({ SecretString: gasPayers[gasSecretArns.indexOf(SecretId)]?.privateKey });
        case 'Sign': {
          if (!rate.hasAny('sign', now())) {
            peak.refuse();
            return {
              status: 400,
              body: '{"__type":"ThrottlingException","message":"Rate exceeded"}',
            };
          }
          rate.take('sign', 1, now());
          used.signatures += 1;
          peak.count('sign', 1, now());
          const signature = secp256k1.sign(Buffer.from(Message, 'base64'), key);
          return ok({ Signature: Buffer.from(signature.toDERRawBytes()).toString('base64') });
        }
        default:
          throw new Error(`the model of keys does not know ${operation}`);
      }
    },
  };
}
