import { createPrivateKey, KeyObject } from 'node:crypto';

/**
 * A function that signs with a key that this process doesn't hold, such as one in a KMS or an HSM. It gets the string to
 * sign and returns the signature: RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes.
 */
export type SignFunction = (stringToSign: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** A private RSA key in PEM (PKCS#1 or PKCS#8), as a KeyObject, or behind a function that signs with it. */
export type PrivateKey = string | Uint8Array | KeyObject | SignFunction;

/** Turns what the caller gave into a key, or says what it is instead. No error quotes the key. */
export function parsePrivateKey(key: PrivateKey): KeyObject | SignFunction {
  if (typeof key === 'function') {
    return key;
  }
  const parsed = key instanceof KeyObject ? key : parsePEM(typeof key === 'string' ? key : Buffer.from(key ?? '').toString('latin1'));
  if (parsed.type !== 'private') {
    throw new TypeError('privateKey is a public key: give the private key of the pair');
  }
  const bits = parsed.asymmetricKeyDetails?.modulusLength ?? 0;
  if (parsed.asymmetricKeyType !== 'rsa') {
    throw new TypeError(`privateKey is of type ${parsed.asymmetricKeyType}: Amazon Pay uses RSA keys`);
  }
  if (bits < 2048) {
    throw new TypeError(`privateKey has ${bits} bits: it must have at least 2048`);
  }
  return parsed;
}

function parsePEM(text: string): KeyObject {
  const kind = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text)?.[1];
  if (text.trim() === '') {
    throw new TypeError('privateKey is empty: give the content of the PEM file');
  }
  if (kind === undefined) {
    throw new TypeError('privateKey is not PEM: it must begin with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----. If it is a path, give the content of the file');
  }
  if (kind === 'OPENSSH PRIVATE KEY') {
    throw new TypeError("privateKey is in OpenSSH's format: convert it with: ssh-keygen -p -m PKCS8 -f KEY");
  }
  if (kind === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: *4,ENCRYPTED/m.test(text)) {
    throw new TypeError('privateKey is encrypted: decrypt it with createPrivateKey({ key, passphrase }) of node:crypto, and give the result');
  }
  if (!kind.endsWith('PRIVATE KEY')) {
    throw new TypeError(`privateKey is a ${kind}: give the private key that was downloaded when the key pair was made`);
  }
  try {
    return createPrivateKey(text);
  } catch {
    throw new TypeError('privateKey is damaged PEM, perhaps cut: copy the file again');
  }
}
