/** The version of this build; the package's, as released. */
export const version = "0.1.0";
