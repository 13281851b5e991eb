// AppSync calls a data source's Lambda as the data source's service role. The emulator does not model that, so a role
// that AppSync may not assume, or one without the grant, would go unnoticed; here both are asked of IAM.
import { GetRoleCommand, IAMClient, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";

/** Says whether AppSync, as a service role, may call a function. */
export class ServiceRoles {
  #iam;

  constructor(client) {
    this.#iam = new IAMClient(client);
  }

  /** Why the call would be refused on AWS, or `null`. Conditions of the trust policy are not looked at. */
  async refusal(roleArn, functionArn) {
    if (!roleArn) {
      return "The data source has no service role.";
    }
    const name = roleArn.split("/").at(-1);
    const trust = await this.#trust(name);
    if (trust === null) {
      return `The service role ${name} does not exist.`;
    }
    if (!list(trust.Statement).some(letsAppSyncIn)) {
      return `AppSync may not assume the service role ${name}: its trust policy does not name appsync.amazonaws.com.`;
    }
    const { EvaluationResults } = await this.#iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: roleArn,
        ActionNames: ["lambda:InvokeFunction"],
        ResourceArns: [functionArn],
      }),
    );
    const allowed = EvaluationResults.length > 0 && EvaluationResults.every((one) => one.EvalDecision === "allowed");
    return allowed ? null : `The service role ${name} may not perform lambda:InvokeFunction on ${functionArn}.`;
  }

  async #trust(RoleName) {
    try {
      const { Role } = await this.#iam.send(new GetRoleCommand({ RoleName }));
      return JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument));
    } catch (error) {
      if (error.name === "NoSuchEntityException" || error.name === "NoSuchEntity") {
        return null;
      }
      throw error;
    }
  }
}

function letsAppSyncIn({ Effect, Principal, Action }) {
  return (
    Effect === "Allow" &&
    list(Principal?.Service).includes("appsync.amazonaws.com") &&
    list(Action).some((action) => ["sts:AssumeRole", "sts:*", "*"].includes(action))
  );
}

/** A policy may write one thing instead of a list of one. */
const list = (value) => (value === undefined ? [] : [value].flat());
