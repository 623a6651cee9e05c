/** The account and the region that this machine plays, and the ARNs that follow from them. */

export const region = 'us-east-1';
export const accountId = '000000000000';
export const partition = 'aws';

/** An ARN, `arn:aws:<service>:us-east-1:000000000000:<resource>`. */
export const arnOf = (service: string, resource: string): string =>
  `arn:${partition}:${service}:${region}:${accountId}:${resource}`;

/** The last part of an ARN, such as the name of a queue or `table/<name>`. */
export const nameInArn = (arn: string): string => arn.split(':').at(-1) ?? arn;

/** The function of a Lambda ARN (`…:function:<name>[:<version or alias>]`), or of a bare name. */
export const functionNameIn = (arn: string): string => /:function:([^:/]+)/.exec(arn)?.[1] ?? arn;
