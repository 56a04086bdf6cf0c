/** A validation of a ValidatingAdmissionPolicy (CEL). */
export interface Validation {
  readonly expression: string;
  readonly message: string;
}

/** A variable of a ValidatingAdmissionPolicy. */
export interface Variable {
  readonly name: string;
  readonly expression: string;
}
