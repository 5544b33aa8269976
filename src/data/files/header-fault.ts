/** A place in a file's header that is not as it has to be. */
export class HeaderFault extends Error {
  readonly at: number

  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}
