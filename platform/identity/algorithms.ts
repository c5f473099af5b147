// The signature algorithms that tokens may be verified with: public keys only, since a shared secret could sign as well.

export const algorithms = ['EdDSA', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const;
export type Algorithm = (typeof algorithms)[number];
