/** What a client of the AWS SDK is given to talk to an engine here, which checks no signature. */
export const awsAt = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});
