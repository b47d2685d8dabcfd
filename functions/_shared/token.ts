/** Access tokens: short JWTs that name an account and one of its devices. */
import { createLocalJWKSet, errors, importJWK, jwtVerify, SignJWT } from "npm:jose@6.2.17";
import { Refusal } from "./refusal.ts";
import { settings } from "./settings.ts";

const ALGORITHM = "ES256";
const AUDIENCE = "authenticated";
const LIFETIME_SECONDS = 15 * 60;

export interface Claims {
  sub: string;
  device_id: string;
  role: "authenticated";
}

const verificationKeys = createLocalJWKSet(settings.publicKeys);
const signingKey = importJWK({ ...settings.signingKey, key_ops: ["sign"] }, ALGORITHM);

/** The claims of the request's bearer token. Whether its device is still live is asked in SQL. */
export async function verifyToken(request: Request): Promise<Claims> {
  const token = /^Bearer ([^\s]+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (!token) throw new Refusal(401, "unauthenticated", "a token is needed in the authorization header");
  try {
    const { payload } = await jwtVerify(token, verificationKeys, {
      algorithms: [ALGORITHM],
      audience: AUDIENCE,
      issuer: settings.issuer,
      requiredClaims: ["sub", "exp", "iat"],
    });
    if (payload.role === "authenticated" && typeof payload.device_id === "string") {
      return { sub: payload.sub as string, device_id: payload.device_id, role: payload.role };
    }
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new Refusal(401, "token_expired", "the token has expired: log in again");
    }
    if (!(error instanceof errors.JOSEError)) throw error;
  }
  throw new Refusal(401, "token_invalid", "the token is not valid here");
}

/** A token for a device that has just proved its key. */
export async function mintToken(userId: string, deviceId: string): Promise<{ token: string; expires_at: number }> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { role: "authenticated", device_id: deviceId } satisfies Partial<Claims>;
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: ALGORITHM, kid: settings.signingKey.kid, typ: "JWT" })
    .setSubject(userId)
    .setAudience(AUDIENCE)
    .setIssuer(settings.issuer)
    .setIssuedAt(now)
    .setExpirationTime(now + LIFETIME_SECONDS)
    .sign(await signingKey);
  return { token, expires_at: (now + LIFETIME_SECONDS) * 1000 };
}
