/** A setting that names something there is not: a source, a destination. The message is for whoever wrote it, and says what would be right. */
export class WrongSetting extends Error {
  override readonly name: string = "WrongSetting";
}
