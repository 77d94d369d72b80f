"""File errors: why the system could not read or write a file, in Chinese."""

from __future__ import annotations

import errno

_REASONS = {
    errno.ENOENT: "路径不存在",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.ENOTDIR: "路径中有一段是文件，不是目录",
    errno.EISDIR: "是目录，不是文件",
    errno.EEXIST: "已经存在",
    errno.ENOTEMPTY: "目录不是空的",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EFBIG: "超过了允许的文件大小",
    errno.EROFS: "磁盘只读",
    errno.EIO: "磁盘读写出错",
    errno.ENAMETOOLONG: "路径太长",
    errno.ELOOP: "链接绕成了圈",
    errno.EMFILE: "同时打开的文件太多",
    errno.ENFILE: "同时打开的文件太多",
    errno.ENOMEM: "内存不足",
    errno.EADDRINUSE: "端口已被占用",
}


def reason_of(error: OSError) -> str:
    """Give the reason of a system error in a few words; the system's own number where it is a rare one."""
    known = _REASONS.get(error.errno or 0)
    return known or f"系统错误 {error.errno}"
