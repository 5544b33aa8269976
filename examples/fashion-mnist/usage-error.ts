/** A mistake in what the program was given: flags or data. Its message is all that the user needs to see. */
export class UsageError extends Error {}
