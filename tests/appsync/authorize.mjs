// Who calls: AppSync's authorization of a request, before any field is looked at. Served are API keys and Cognito
// user pools; an API with another mode is refused at start rather than answered wrongly.
import { CognitoJwtVerifier } from "aws-jwt-verify";
import { JwtExpiredError } from "aws-jwt-verify/error";

/** The caller may not use this API at all: HTTP 401. */
export class Refused extends Error {}

/**
 * Makes the function that tells from the headers of a request who calls: `{ mode, claims }`.
 * An API key wins where both are sent, as in the simulator.
 */
export async function authorizer(api, deployed, endpoint) {
  const providers = [api, ...(api.additionalAuthenticationProviders ?? [])];
  const modes = providers.map((provider) => provider.authenticationType);
  const unserved = modes.find((mode) => !["API_KEY", "AMAZON_COGNITO_USER_POOLS"].includes(mode));
  if (unserved) {
    throw new Error(`authentication by ${unserved} is not served`);
  }
  if (api.userPoolConfig?.defaultAction === "DENY") {
    throw new Error("the default action DENY of a user pool is not served");
  }
  const pools = await Promise.all(
    providers.filter((provider) => provider.userPoolConfig).map((provider) => pool(provider.userPoolConfig, endpoint)),
  );

  return async (headers) => {
    const key = headers["x-api-key"];
    if (key !== undefined && modes.includes("API_KEY")) {
      if (!(await deployed.liveKeys()).includes(key)) {
        throw new Refused("You are not authorized to make this call.");
      }
      return { mode: "API_KEY" };
    }
    const token = headers.authorization?.replace(/^Bearer /i, "");
    if (!token || pools.length === 0) {
      throw new Refused("Valid authorization header not provided.");
    }
    return { mode: "AMAZON_COGNITO_USER_POOLS", claims: verified(token, pools) };
  };
}

/** One user pool: how to verify its tokens, and which of its clients may call. */
async function pool({ userPoolId, appIdClientRegex }, endpoint) {
  const verifier = CognitoJwtVerifier.create({ userPoolId, tokenUse: null, clientId: null });
  const address = `${endpoint}/${userPoolId}/.well-known/jwks.json`;
  const response = await fetch(address);
  if (!response.ok) {
    throw new Error(`${address} answers ${response.status}`);
  }
  verifier.cacheJwks(await response.json());
  return { verifier, clients: appIdClientRegex ? new RegExp(appIdClientRegex) : null };
}

/** The claims of a token that one of the pools has signed and that has not expired. Asks nobody: the keys are here. */
function verified(token, pools) {
  let reason = "The client of this token may not call this API.";
  for (const { verifier, clients } of pools) {
    try {
      const claims = verifier.verifySync(token);
      if (!clients || clients.test(claims.aud ?? claims.client_id)) {
        return claims;
      }
    } catch (error) {
      reason = error instanceof JwtExpiredError ? "Token has expired." : `The token is refused: ${error.message}`;
    }
  }
  throw new Refused(reason);
}
