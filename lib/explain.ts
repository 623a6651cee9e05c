/** Acknowledges findings of cdk-nag, each with its reason, on the smallest construct that it is about. */
import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Acknowledges each finding (`AwsSolutions-IAM5[Resource::*]`, for instance) on this construct and below it. */
export function explain(construct: IConstruct, reasons: Record<string, string>): void {
  const acknowledgments = Object.entries(reasons).map(([id, reason]) => ({ id, reason }));
  Validations.of(construct).acknowledge(...acknowledgments);
}
