/** Tells tools such as buf and grpcurl what is served (gRPC, "Server Reflection Protocol"). */
import { type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Code, type ConnectRouter } from '@connectrpc/connect';
import {
  ServerReflection,
  type ServerReflectionRequest,
} from './generated/grpc/reflection/v1/reflection_pb.js';

/** Serves the protocol for these services and whatever else is in these files. */
export function addReflection(
  router: ConnectRouter,
  services: readonly DescService[],
  others: readonly DescFile[],
): void {
  const files = new Map<string, DescFile>();
  // What is listed is asked for next, this protocol's own service too.
  const listed = [...services, ServerReflection];
  for (const file of [...listed.map((one) => one.file), ...others])
    for (const one of withDependencies(file)) files.set(one.proto.name, one);
  const names = listed.map(({ typeName: name }) => ({ name }));

  const described = (file: DescFile | undefined, what: string) =>
    file === undefined
      ? notFound(what)
      : {
          case: 'fileDescriptorResponse' as const,
          value: {
            fileDescriptorProto: withDependencies(file).map(({ proto }) =>
              toBinary(FileDescriptorProtoSchema, proto),
            ),
          },
        };
  const answer = ({ messageRequest: asked }: ServerReflectionRequest) => {
    switch (asked.case) {
      case 'listServices':
        return { case: 'listServicesResponse' as const, value: { service: names } };
      case 'fileByFilename':
        return described(files.get(asked.value), asked.value);
      case 'fileContainingSymbol': {
        const known = [...files.values()].find((file) => symbolsOf(file).has(asked.value));
        return described(known, asked.value);
      }
      // There are no extensions.
      case 'fileContainingExtension':
        return notFound(asked.value.containingType);
      case 'allExtensionNumbersOfType':
        return notFound(asked.value);
      default:
        return notFound('a request of no kind');
    }
  };
  router.service(ServerReflection, {
    async *serverReflectionInfo(requests) {
      for await (const originalRequest of requests)
        yield {
          validHost: originalRequest.host,
          originalRequest,
          messageResponse: answer(originalRequest),
        };
    },
  });
}

const notFound = (what: string) => ({
  case: 'errorResponse' as const,
  value: { errorCode: Code.NotFound as number, errorMessage: `${what} is not served here` },
});

/** A file and all that it needs, which come with it so that nobody has to ask for them one by one. */
function withDependencies(file: DescFile, seen = new Set<DescFile>()): DescFile[] {
  if (seen.has(file)) return [];
  seen.add(file);
  return [file, ...file.dependencies.flatMap((one) => withDependencies(one, seen))];
}

/** The full names of what a file has, procedures among them. */
const symbolsOf = ({ messages, enums, services }: DescFile): ReadonlySet<string> =>
  new Set([
    ...messages.map((one) => one.typeName),
    ...enums.map((one) => one.typeName),
    ...services.flatMap(({ typeName, methods }) => [
      typeName,
      ...methods.map(({ name }) => `${typeName}.${name}`),
    ]),
  ]);
