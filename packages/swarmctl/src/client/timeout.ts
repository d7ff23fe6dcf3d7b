/** gRPC writes a timeout in at most eight digits. */
export const timeoutMsMax = 99_999_999;
