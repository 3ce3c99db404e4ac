/** A secret that was configured. */
export interface Secret {
  /**
   * Reads it: a file anew each time; what Secret Manager gave is remembered, unless it is the text that was `refused`.
   * Without white space around it, and never empty.
   */
  (refused?: string): Promise<string>;
  /** What messages call it, e.g. `GITLAB_CA_FILE: the file '/run/ca.pem'`. */
  readonly place: string;
}
