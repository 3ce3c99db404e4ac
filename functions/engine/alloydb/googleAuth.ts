// Imported when it is needed first: the library is larger than everything else that a start loads.
export { GoogleAuth } from 'google-auth-library';
