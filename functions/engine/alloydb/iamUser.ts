/** The database user of a service account: its e-mail address without what AlloyDB leaves out. Others stay as they are. */
export function iamUser(email: string): string {
  return email.replace(/\.gserviceaccount\.com$/, '');
}
