import type { Validation, Variable } from "./policy_rule.ts";

/** The most that a token may live: 30 days. */
const MAX_LIFE_S = 2_592_000;

/** Who asks for whose token. */
export const tokenVariables: readonly Variable[] = [
  { name: "account", expression: "request.userInfo.username.split(':')[3]" },
  { name: "joining", expression: "variables.account == request.name + '-join'" },
  { name: "ownVm", expression: "variables.account.startsWith('moorline-') && !variables.joining" },
  {
    name: "handle",
    expression: "(has(object.spec.boundObjectRef) && object.spec.boundObjectRef != null) " +
      "? object.spec.boundObjectRef.kind + '/' + object.spec.boundObjectRef.name : ''",
  },
];

/**
 * A VM may make tokens for itself only, no longer-lived, for no other audience, and bound to its handle Secret, so that
 * deleting the Secret ends them all. A join token makes tokens of the VMs' shared account.
 *
 * @param audiences that the API server itself accepts; it fills in one of them where none is asked for.
 */
export function tokenRules(audiences: readonly string[]): readonly Validation[] {
  const own = audiences.map((audience) => `'${audience}'`).join(", ");
  return [
    {
      expression: "variables.joining || variables.account == request.name",
      message: "a VM may make tokens for its own account only",
    },
    {
      expression: "!variables.ownVm || variables.handle == 'Secret/' + request.name",
      message: "the token must be bound to this VM's handle, the Secret of its account's name",
    },
    {
      expression: `!has(object.spec.audiences) || object.spec.audiences.all(a, a in [${own}])`,
      message: "a VM's token is for the API server and for nobody else",
    },
    {
      expression: `!has(object.spec.expirationSeconds) || object.spec.expirationSeconds <= ${MAX_LIFE_S}`,
      message: "a VM's token lives 30 days at most",
    },
  ];
}
