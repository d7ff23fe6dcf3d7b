export type { Services } from "../gen/services.ts";
export { services } from "../gen/services.ts";
export type * from "../gen/types.ts";
export { type Codec, getCodec } from "./codec.ts";
export { enumName, enumNumber, enumNumbers, taskStateNumber } from "./enums.ts";
export { DecodeError, EncodeError } from "./errors.ts";
export type { Authorization, Method } from "./method.ts";
export {
  type GrpcMethod,
  type GrpcServiceDefinition,
  grpcServiceDefinition,
} from "./services.ts";
