/** Numbers of WASI preview 1 (wasi_snapshot_preview1.witx). */
export function wasiCodes() {
  const errno = {
    BADF: 8,
    EXIST: 20,
    FAULT: 21,
    ILSEQ: 25,
    INVAL: 28,
    IO: 29,
    ISDIR: 31,
    LOOP: 32,
    MFILE: 33,
    NAMETOOLONG: 37,
    NOENT: 44,
    NOTDIR: 54,
    NOTEMPTY: 55,
    NOTSOCK: 57,
    PERM: 63,
    ROFS: 69,
    SPIPE: 70,
    XDEV: 75,
    NOTCAPABLE: 76
  } as const
  const filetype = { CHARACTER_DEVICE: 2, DIRECTORY: 3, REGULAR_FILE: 4, SYMBOLIC_LINK: 7 } as const
  const oflags = { CREAT: 1, DIRECTORY: 2, EXCL: 4, TRUNC: 8 } as const
  const fdflags = { APPEND: 1, ALL: 31 } as const
  const rights = {
    FD_READ: 2n,
    FD_WRITE: 64n,
    PATH_FILESTAT_SET_SIZE: 0x8_0000n,
    /** FD_READ or FD_WRITE, with FD_FDSTAT_SET_FLAGS, FD_FILESTAT_GET and POLL_FD_READWRITE: without FD_SEEK and FD_TELL it is a terminal */
    STDIN: 0x0820_000an,
    STDOUT: 0x0820_0048n,
    /** all of fd_ but FD_READDIR, and POLL_FD_READWRITE */
    FILE: 0x08e0_01ffn,
    /** all of path_, FD_READDIR, and what of fd_ a directory can do */
    DIRECTORY: 0x07bf_fe19n
  } as const
  return { errno, filetype, oflags, fdflags, rights }
}

export type WasiCodes = ReturnType<typeof wasiCodes>
