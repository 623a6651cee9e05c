/** Answers 405 to methods that a resource does not have, with those that it has (RFC 9110, section 15.5.6). */
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { observed } from '../boot/observe.ts';
import { allowedMethods } from '../boot/settings.ts';
import { about } from '../core/kernel/about.ts';
import { refuse } from '../core/requests/problem.ts';
import { problemReply } from './http.ts';
import { tellOfRefusal } from './refusals.ts';
import { measureRequest } from './request-measures.ts';

const methods = allowedMethods();

export const handler = observed(
  async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const allow = methods[event.resource] ?? '';
    const problem = refuse('METHOD_NOT_ALLOWED', `This resource takes ${allow}.`);
    const reply = problemReply(problem, event.requestContext.requestId, { allow });
    const route = `${event.httpMethod} ${event.resource}`;
    const { requestId } = event.requestContext;
    about({ requestId }, () =>
      tellOfRefusal({ route, code: problem.problem, status: reply.statusCode }),
    );
    measureRequest(event, reply.statusCode, 0);
    return reply;
  },
);
