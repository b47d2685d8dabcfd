// What members by ts-mls can do.
import {
  type Capabilities,
  type ClientConfig,
  defaultAuthenticationService,
  defaultCapabilities,
  defaultKeyPackageEqualityConfig,
  defaultKeyRetentionConfig,
  defaultLifetimeConfig,
  defaultPaddingConfig,
  type KeyPackage,
  type LeafNode,
} from "ts-mls";

/** The group context extensions that these members understand; the first one is theirs to change. */
const EXTENSIONS = [0xf001, 0xf4c1];
export const [EXTENSION] = EXTENSIONS;

export function capabilities(): Capabilities {
  return { ...defaultCapabilities(), extensions: EXTENSIONS };
}

const DEFAULTS: ClientConfig = {
  keyRetentionConfig: defaultKeyRetentionConfig,
  lifetimeConfig: defaultLifetimeConfig,
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  paddingConfig: defaultPaddingConfig,
  authService: defaultAuthenticationService,
};

/** The defaults; given a signature key, its leaf is taken for the own one. */
export function configuration(key?: Uint8Array): ClientConfig {
  const wanted = key?.toBase64();
  const keyPackageEqualityConfig = {
    ...defaultKeyPackageEqualityConfig,
    compareKeyPackageToLeafNode: (_: KeyPackage, leaf: LeafNode) => leaf.signaturePublicKey.toBase64() === wanted,
  };
  return { ...DEFAULTS, keyPackageEqualityConfig };
}
