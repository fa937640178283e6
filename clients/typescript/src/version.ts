/** The version of this package, sent in the user-agent header. */
export const version = '0.1.0';
