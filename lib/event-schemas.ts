/** Makes a registry with the schema of every event on the bus, from what the OpenAPI document says of webhooks. */
import { CfnRegistry, CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import { Construct } from 'constructs';
import { busSchemas } from '../lambdas/api/openapi/bus-schemas.ts';

export class EventSchemas extends Construct {
  constructor(scope: Construct, id: string, registryName: string) {
    super(scope, id);
    const registry = new CfnRegistry(this, 'registry', {
      registryName,
      description: 'The events on the bus of the same name',
    });
    for (const { name, description, content } of busSchemas())
      new CfnSchema(this, name, {
        registryName: registry.attrRegistryName,
        schemaName: name,
        description,
        type: 'OpenApi3',
        content: JSON.stringify(content),
      });
  }
}
