declare module 'fxa-common-password-list' {
  const list: {
    /** Whether exactly this is one of the 50 000 most common passwords of at least 8 characters. */
    test(password: string): boolean;
  };
  export default list;
}
