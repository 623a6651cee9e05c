/** Throttles a stage: each method has its own bucket (API Gateway guide, "Throttle requests to your REST APIs"). */
import type { Resolver } from '../template/intrinsics.ts';
import { bucketPerName, type Monotonic } from './token-bucket.ts';

/** Answers whether one more request to this method is let through. */
export type StageThrottle = (method: string) => boolean;

type Setting = {
  HttpMethod?: string;
  ResourcePath?: string;
  ThrottlingRateLimit?: number;
  ThrottlingBurstLimit?: number;
};

/** The throttle of the template, or one that lets all through. Throws when single methods have their own settings. */
export function stageThrottleFrom(
  resolver: Resolver,
  now: Monotonic = () => performance.now(),
): StageThrottle {
  const [stage] = resolver.resources('AWS::ApiGateway::Stage');
  const settings = resolver.resolve(stage?.[1].Properties['MethodSettings'] ?? []) as Setting[];
  const throttles = settings.filter((one) => one.ThrottlingRateLimit !== undefined);
  const [throttle] = throttles;
  if (throttle === undefined) return () => true;
  if (throttles.length > 1 || throttle.HttpMethod !== '*' || throttle.ResourcePath !== '/*')
    throw new Error(`${stage?.[0]}: a throttle of single methods is not supported here.`);
  const ratePerSecond = Number(throttle.ThrottlingRateLimit);
  const burst = Number(throttle.ThrottlingBurstLimit ?? ratePerSecond);
  const take = bucketPerName(now);
  return (method) => take(method, { ratePerSecond, burst });
}
