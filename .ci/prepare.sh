# Sourced by ../run and ../test, which set $root: brings what is missing onto the machine, and nothing when all is there.
# POSIX sh; works from any directory and under any path. What a person reads is Chinese.

# ldconfig lives where an ordinary user's PATH on Debian does not look.
PATH="$PATH:/usr/sbin:/sbin"
python="$root/.venv/bin/python"

say() {
    printf '── %s\n' "$*"
}

has_library() {
    ldconfig -p 2>/dev/null | grep -qF "$1"
}

has_package() {
    dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'
}

environment_works() {
    "$python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# Debian leaves ensurepip out of python3 and puts it into python3-venv; a python3 of another make may stand before it in PATH.
python_for_environments() {
    for candidate in python3 /usr/bin/python3; do
        if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

# Pango is needed only on paper, but asking for it later would break the first bulletin instead of the first start.
missing_for_serving() {
    environment_works || python_for_environments >/dev/null || echo python3-venv
    has_library libpangoft2-1.0.so.0 || echo libpangoft2-1.0-0
    has_library libharfbuzz-subset.so.0 || echo libharfbuzz-subset0
}

is_ubuntu() {
    grep -qs '^ID=ubuntu' /etc/os-release
}

# The headless shell is the same Chromium without the windows, tabs and bars around its pages: a third less to do.
# Ubuntu offers Chromium only as a snap, whose confinement tests cannot drive: prepare_tests fetches another one there.
installed_browser() {
    for candidate in chromium-headless-shell chromium google-chrome-stable google-chrome; do
        browser=$(command -v "$candidate") || continue
        case $browser in
        /snap/*) ;;
        *)
            printf '%s\n' "$browser"
            return 0
            ;;
        esac
    done
    return 1
}

# libatomic1: the Node.js inside Playwright. The font: without Chinese glyphs a page's widths are not a reader's widths.
missing_for_tests() {
    installed_browser >/dev/null || is_ubuntu || echo chromium-headless-shell
    has_library libatomic.so.1 || echo libatomic1
    has_package fonts-wqy-microhei || echo fonts-wqy-microhei
    command -v strace >/dev/null || echo strace
    # A list's pages are printed and read; its columns are measured in a font that every LibreOffice brings along.
    command -v soffice >/dev/null || echo libreoffice-calc
    command -v pdftotext >/dev/null || echo poppler-utils
    has_package fonts-liberation || echo fonts-liberation
}

ask_administrator() {
    printf '%s\n\n    %s\n\n' \
        '还缺系统软件包，当前用户不能自行安装。请管理员执行下面这一行，然后重新运行本命令：' \
        "sudo apt-get update; sudo apt-get install -y --no-install-recommends $*" >&2
    exit 1
}

install_packages() {
    [ $# -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        printf '%s\n' "本机没有 apt-get。请先安装与这些 Debian 软件包相当的系统库，再重新运行本命令：$*" >&2
        exit 1
    fi
    if [ "$(id -u)" -eq 0 ]; then
        administrator=
    elif sudo -n true 2>/dev/null; then
        administrator='sudo -n'
    else
        ask_administrator "$@"
    fi
    say "安装系统软件包：$*"
    log=$(mktemp)
    # A failing update (one source out of reach) need not hinder the installation.
    $administrator apt-get -q update >"$log" 2>&1 || true
    # --no-install-recommends: a server needs the libraries, not the desktop around them.
    if ! $administrator env DEBIAN_FRONTEND=noninteractive \
        apt-get -q install -y --no-install-recommends "$@" >>"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        printf '%s\n' '系统软件包没有装上，原因见上面几行。' >&2
        ask_administrator "$@"
    fi
    rm -f "$log"
}

# install_requirements STAMP FILE…: pip runs only when the files or the interpreter differ from the last time.
install_requirements() {
    stamp="$root/.venv/$1"
    shift
    wanted=$(cat "$@" | cksum)
    if [ "$("$python" --version 2>/dev/null) $wanted" = "$(cat "$stamp" 2>/dev/null)" ]; then
        return 0
    fi
    if ! environment_works; then
        say '建立 Python 环境 .venv'
        maker=$(python_for_environments) && "$maker" -m venv --clear "$root/.venv" || {
            printf '%s\n' '不能建立 .venv：需要 Python 3.11 或更高版本及其 venv 模块（软件包 python3-venv）。' >&2
            exit 1
        }
    fi
    say '安装 Python 软件包'
    for file in "$@"; do
        set -- "$@" --requirement "$file"
        shift
    done
    if ! "$python" -m pip install --quiet --disable-pip-version-check "$@"; then
        printf '%s\n' 'Python 软件包没有装上：请检查网络（或 pip 的镜像设置），然后重新运行本命令。' >&2
        exit 1
    fi
    printf '%s %s\n' "$("$python" --version)" "$wanted" >"$stamp"
}

prepare_serving() {
    # Word splitting intended: package names, one a line.
    # shellcheck disable=SC2046
    install_packages $(missing_for_serving)
    install_requirements requirements.stamp "$root/requirements.txt"
}

prepare_tests() {
    # shellcheck disable=SC2046
    install_packages $(missing_for_serving) $(missing_for_tests)
    install_requirements requirements-test.stamp "$root/requirements.txt" "$root/requirements-test.txt"
    if ! TRACKER_CHROMIUM=$(installed_browser); then
        say '下载测试用的浏览器（Playwright 的 Chromium）'
        if ! "$python" -m playwright install --with-deps chromium; then
            printf '%s\n' '浏览器没有装上。请安装 Google Chrome，然后重新运行本命令。' >&2
            exit 1
        fi
        TRACKER_CHROMIUM=$("$python" -c 'from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)')
    fi
    export TRACKER_CHROMIUM
}
