"""The command line: its verbs, the options they share, and how it answers.

Exit 0: done. Exit 1: refused, or defects found. Exit 2: unusable (wrong arguments, no ledger, a file that
cannot be read). With `--format json` standard output holds one object and nothing else, whatever happens.
"""

from __future__ import annotations

import importlib
import itertools
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

DONE, REFUSED, UNUSABLE = 0, 1, 2

DEFAULT_DIRECTORY = Path(__file__).resolve().parents[2] / "data" / "ledger"

VERBS = {
    "serve": ("tracker.commands.serving:serve", "打开网站（不写动词时也是它）"),
    "init": ("tracker.commands.initialising:init", "建立新台账：示例的或空的"),
    "import": ("tracker.commands.importing:import_list", "导入一份清单，登记为某月的月报；或撤销一次导入"),
    "status": ("tracker.commands.figures:status", "某月某地区的数字"),
    "rank": ("tracker.commands.figures:rank", "某月的排名"),
    "export": ("tracker.commands.exporting:export", "导出某月某地区的清单、调度表等官方表格（.xlsx、.csv、.json）"),
    "report": ("tracker.commands.reporting:report", "某月某地区的通报等，打印成 .pdf"),
    "bulletin": ("tracker.commands.bulletins:bulletin", "印发的通报：列出、核验、取出文件"),
    "dossier": ("tracker.commands.dossier:dossier", "一个项目的全部档案"),
    "month": ("tracker.commands.months:month", "月份的开放、截止、准许迟报、封账和各县进度"),
    "return": ("tracker.commands.months:monthly_return", "月报的报送、审核通过和退回"),
    "workbook": ("tracker.commands.workbooks:workbook", "月报工作簿：给县里离线填写的 .xlsx"),
    "remind": ("tracker.commands.reminding:remind", "给没有报全的县发催报邮件（供每日定时运行）"),
    "project": ("tracker.commands.projects:project", "项目的更名、划转、终止、拆分、更正"),
    "programme": ("tracker.commands.programmes:programme", "专项的查看、登记、设置"),
    "unit": ("tracker.commands.programmes:unit", "登记开发区等排名单元"),
    "account": ("tracker.commands.accounts:account", "账号的新增、查看、停用、重置；安全策略"),
    "audit": ("tracker.commands.auditing:audit", "审计日志"),
    "backup": ("tracker.commands.keeping:backup", "备份台账（可在使用中进行）"),
    "restore": ("tracker.commands.keeping:restore", "把备份恢复到空的位置"),
    "check": ("tracker.commands.keeping:check", "核对台账是否完好"),
}


@dataclass
class Options:
    """What every verb shares: where the ledger is, which programme, in whose name, how to answer."""

    data: Path = DEFAULT_DIRECTORY
    programme: str | None = None
    by: str | None = None
    format: str = "text"

    @property
    def json(self) -> bool:
        """Say whether the answer is one JSON object."""
        return self.format == "json"


def _remember(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
        if value is not None:
            setattr(context.ensure_object(Options), name, value)

    return callback


Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def shared_options(function: Decorated) -> Decorated:
    """Let a verb take the shared options after its name as well as before it."""
    click.option("--programme", metavar="专项", expose_value=False, callback=_remember("programme"),
                 help="专项的名称或代号；只有一个专项时不必写。")(function)  # fmt: skip
    click.option("--as", metavar="姓名", expose_value=False, callback=_remember("by"),
                 help="记在台账里的操作人；默认为系统用户名。")(function)  # fmt: skip
    click.option("--format", type=Choice(["text", "json"]), expose_value=False, callback=_remember("format"),
                 help="回答的形式：text 或 json。")(function)  # fmt: skip
    return function


class Choice(click.Choice[str]):
    """A choice whose refusal is said in Chinese."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the chosen word, or fail with the words there are."""
        if value in self.choices:
            return value
        words = "、".join(str(choice) for choice in self.choices)
        return self.fail(f"“{value}”不在可选的里面，可选：{words}", param, ctx)


_USAGE_WORDS = {
    "[OPTIONS]": "[选项]",
    "COMMAND [ARGS]...": "动词 …",
    "[COMMAND] [ARGS]...": "[动词] …",
}


def _chinese_extra(text: str) -> str:
    """Say in Chinese what click adds to an option's help."""
    text = re.sub(r"\s*\[default: ([^;\]]*)[^\]]*\]", r"（默认 \1）", text)
    return text.replace("  [required]", "（必写）")


class ChineseHelp(click.Command):
    """A command whose help is headed in Chinese."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line that shows how the command is called."""
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="用法：")

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Give what follows the command in the line that shows how it is called."""
        return [_USAGE_WORDS.get(piece, piece) for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, and a group's verbs beneath them."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        rows = [record for option in options if (record := option.get_help_record(ctx)) is not None]
        if rows:
            with formatter.section("选项"):
                formatter.write_dl([(name, _chinese_extra(text)) for name, text in rows])
        if isinstance(self, click.Group):
            verbs = [(name, self.short_help_of(ctx, name)) for name in self.list_commands(ctx)]
            with formatter.section("动词"):
                formatter.write_dl(verbs)

    def short_help_of(self, ctx: click.Context, name: str) -> str:
        """Give the line that says what a verb of a group does."""
        command = self.get_command(ctx, name) if isinstance(self, click.Group) else None
        return command.get_short_help_str(80) if command else ""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Give the option that shows the help, described in Chinese."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "显示这份说明。"
        return option


class ChineseGroup(ChineseHelp, click.Group):
    """A group of verbs that refuses an unknown one in Chinese."""

    command_class = ChineseHelp

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb that the arguments name."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            verbs = "、".join(self.list_commands(ctx))
            raise click.UsageError(f"没有“{args[0]}”这个动词，可用的有：{verbs}。", ctx)
        return super().resolve_command(ctx, args)


class Verbs(ChineseGroup):
    """The verbs, each loaded when it is called: `--help` waits for none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the verbs in the order they are documented."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a verb."""
        if cmd_name not in VERBS:
            return None
        module, _, attribute = VERBS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def short_help_of(self, ctx: click.Context, name: str) -> str:
        """Give a verb's line without loading it."""
        return VERBS[name][1]


@click.group(cls=Verbs, invoke_without_command=True, help="一泓台账：清单化管理的工程台账。")
@click.option("--data", metavar="目录", envvar="TRACKER_DATA", type=click.Path(path_type=Path), expose_value=False,
              callback=_remember("data"), help="台账所在目录；默认 data/ledger，或环境变量 TRACKER_DATA。")  # fmt: skip
@shared_options
@click.pass_context
def line(context: click.Context) -> None:
    """Serve the site where no verb is given."""
    context.ensure_object(Options)
    if context.invoked_subcommand is None:
        from tracker.commands.serving import serve

        context.invoke(serve)


def answer(options: Options, mapping: dict[str, Any], text: str, code: int = DONE) -> NoReturn:
    """Answer and end: the object in JSON, or the text for people."""
    click.echo(json.dumps(mapping, ensure_ascii=False, indent=1) if options.json else text)
    raise SystemExit(code)


def fail(options: Options, sentence: str, code: int) -> NoReturn:
    """End with a sentence that says what is wrong: on standard error, or as an object in JSON."""
    if options.json:
        click.echo(json.dumps({"error": sentence}, ensure_ascii=False))
    else:
        click.echo(sentence, err=True)
    raise SystemExit(code)


def _wants_json(arguments: list[str]) -> bool:
    pairs = itertools.pairwise(arguments)
    return "--format=json" in arguments or ("--format", "json") in pairs


def _sentence(error: click.ClickException) -> str:
    """Give a wrong call's sentence in Chinese."""
    match error:
        case click.NoSuchOption():
            hint = f"，是不是 {error.possibilities[0]}" if error.possibilities else ""
            return f"没有“{error.option_name}”这个选项{hint}。用 --help 查看可用的选项。"
        case click.exceptions.NoArgsIsHelpError():
            group = error.ctx.command
            verbs = "、".join(group.list_commands(error.ctx)) if isinstance(group, click.Group) else ""
            return f"请写明动词，可用的有：{verbs}。用 --help 查看用法。"
        case click.MissingParameter():
            return f"缺少参数“{_parameter(error)}”。用 --help 查看用法。"
        case click.BadOptionUsage():
            return f"选项“{error.option_name}”后面缺少内容，或内容写得不对。用 --help 查看用法。"
        case click.BadParameter():
            return f"参数“{_parameter(error)}”写得不对：{_expected(error)}。"
        case click.UsageError() if error.message.startswith("Got unexpected extra"):
            extra = error.message.partition("(")[2].rpartition(")")[0]
            return f"多写了“{extra}”。用 --help 查看用法。"
        case click.UsageError() if error.message[:1].isascii():
            return f"参数写得不对（{error.message}）。用 --help 查看用法。"
    return error.format_message()


def _parameter(error: click.BadParameter) -> str:
    """Give the name of the parameter an error is about, as it is written."""
    return error.param.get_error_hint(error.ctx).replace("'", "") if error.param else ""


def _expected(error: click.BadParameter) -> str:
    """Say what a parameter should be, where click says it in English."""
    if not error.message[:1].isascii():
        return error.message.removesuffix("。")
    kind = error.param.type if error.param else None
    if isinstance(kind, click.IntRange):
        return f"应为 {kind.min} 到 {kind.max} 的整数"
    return "用 --help 查看可以写什么"


def main() -> NoReturn:
    """Run the command line with the arguments of the process and exit with its code."""
    arguments = sys.argv[1:]
    options = Options(format="json" if _wants_json(arguments) else "text")
    try:
        line.main(args=arguments, prog_name="app.py", standalone_mode=False)
    except click.ClickException as error:
        fail(options, _sentence(error), UNUSABLE)
    except (click.Abort, KeyboardInterrupt):
        fail(options, "已中断。", UNUSABLE)
    except Exception as error:
        fail_for(options, error)
    raise SystemExit(DONE)


def fail_for(options: Options, error: Exception) -> NoReturn:
    """End with the sentence of an expected error; the program's own fault is kept in a file with its trace."""
    from tracker.exchange.reading.file_errors import reason_of
    from tracker.ledger.handle import LedgerError, LedgerExistsError, RefusedError

    if isinstance(error, LedgerError):
        fail(options, str(error), REFUSED if isinstance(error, (RefusedError, LedgerExistsError)) else UNUSABLE)
    if isinstance(error, OSError):
        where = f"“{error.filename}”" if error.filename else "文件或磁盘"
        fail(options, f"{where}用不了（{reason_of(error)}），请核对路径、权限和磁盘空间后再试。", UNUSABLE)
    mend = "请交给维护人员；再试之前先用 app.py check 核对台账"
    fail(options, f"程序内部出错，详情记在 {_kept_trace(error)}，{mend}。", UNUSABLE)


def _kept_trace(error: Exception) -> Path:
    """Keep the trace of the program's own fault in a file of its own; gives the file."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="yihong-ledger-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.writelines(traceback.format_exception(error))
    return Path(file.name)
