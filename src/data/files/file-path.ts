/** A `URL` with the scheme `file:`; spelled out because a project without DOM or Node types does not know `URL`. */
export interface FileUrl {
  readonly href: string
}

export type FilePath = string | FileUrl

export const fileName = (path: FilePath): string => (typeof path === 'string' ? path : path.href)
