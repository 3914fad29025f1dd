"""Plays people who keep sheets: each writes the same kind of facts in a way of their own, and what is true is kept."""

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import xlsxwriter
import xlwt

Cells = dict[tuple[int, int], Any]
CUTS = (
    ("등심", "꽃등심살", "loin", "ribeye_roll"),
    ("채끝", "채끝살", "striploin", "striploin"),
    ("설도", "보섭살", "bottom_round", "rump"),
)
SEXES = {"castrated": ("거세", "Castrated", "거"), "female": ("암", "Female", "미경산"), "male": ("수", "male", "bull")}
GRADES = {9: "1++", 8: "1++", 7: "1++", 6: "1+", 5: "1", 4: "1", 3: "2", 2: "2", 1: "3"}
SAMPLE, HEATED, RAW, TONGUE, LABORATORY = "기본정보", "가열육관능평가", "신선육관능평가", "전자혀", "실험실"
# target -> Korean, English and mixed header, other names that people use
HEADERS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "samples.trace_number": ("축산물이력번호", "Trace number", "이력번호(Trace No)", ("이력번호", "trace")),
    "samples.species": ("축종", "Species", "축종(species)", ("종류",)),
    "samples.primal_cut": ("대분할", "Primal cut", "대분할(primal)", ("부위", "대분류")),
    "samples.secondary_cut": ("소분할", "Secondary cut", "소분할(secondary)", ("소분류", "세부부위")),
    "samples.sex": ("성별", "Sex", "SEX(암,거세)", ("gender", "암수")),
    "samples.grade": ("등급", "Grade", "육질등급(grade)", ("육질등급", "Quality Grade")),
    "samples.bms": ("근내지방도", "BMS", "근내지방도(BMS)", ("BMS No.",)),
    "samples.slaughtered_on": ("도축일자", "Slaughter date", "도축일(slaughter)", ("도축 날짜",)),
    "samples.graded_on": ("등급판정일", "Grading date", "판정일자(graded)", ("판정일",)),
    "samples.carcass_weight_kg": ("도체중량", "Carcass weight (kg)", "도체중(kg)", ("도체중",)),
    "samples.backfat_mm": ("등지방두께", "Backfat (mm)", "등지방(mm)", ("BFT",)),
    "samples.ribeye_area_cm2": ("등심단면적", "Ribeye area (cm²)", "배최장근단면적(cm²)", ("REA",)),
    "evaluations.flavor": ("풍미", "Flavor", "Flavor(풍미)", ("향미",)),
    "evaluations.juiciness": ("다즙성", "Juiciness", "Juiciness(다즙성)", ("다즙성",)),
    "evaluations.tenderness": ("연도", "Tenderness", "Tenderness(연도)", ("연도",)),
    "evaluations.umami": ("감칠맛", "Umami", "Umami(감칠맛)", ("감칠맛",)),
    "evaluations.palatability": ("기호도", "Palatability", "Palability(기호도)", ("기호도",)),
    "evaluations.marbling": ("마블링", "Marbling", "Marbling(마블링정도)", ("마블링정도",)),
    "evaluations.color": ("육색", "Color", "Color(색깔 or 육색)", ("색깔",)),
    "evaluations.texture": ("조직감", "Texture", "Texture(조직감)", ("조직감",)),
    "evaluations.surface_moisture": ("표면육즙", "Surface moisture", "Surface Moisture(표면육즙)", ("표면육즙",)),
    "evaluations.overall": ("종합기호도", "Overall", "Total(기호도)", ("전체기호도",)),
    "measurements.et_sourness": ("신맛", "Sourness", "Sourness(신맛)", ("신맛",)),
    "measurements.et_bitterness": ("진한맛", "Bitterness", "Bitterness(진한맛)", ("쓴맛",)),
    "measurements.et_umami": ("감칠맛", "Umami", "Umami(감칠맛)", ("감칠맛",)),
    "measurements.et_richness": ("후미", "Richness", "Richness(후미)", ("후미",)),
    "measurements.ph": ("pH", "pH", "산도(pH)", ("산도",)),
    "measurements.l_star": ("명도", "L*", "명도(L*)", ("CIE L*",)),
    "measurements.a_star": ("적색도", "a*", "적색도(a*)", ("CIE a*",)),
    "measurements.b_star": ("황색도", "b*", "황색도(b*)", ("CIE b*",)),
    "measurements.drip_loss": ("육즙감량", "Drip loss (%)", "DL(%)", ("드립감량",)),
    "measurements.cooking_loss": ("가열감량", "Cooking loss (%)", "CL(%)", ("가열감량",)),
    "measurements.wbsf_kgf": ("전단가", "WBSF (kgf)", "WBSF(kgf)", ("전단력",)),
    "measurements.collagen": ("콜라겐", "Collagen (%)", "Collagen(콜라겐)", ("콜라겐함량",)),
    "measurements.moisture": ("수분", "Moisture (%)", "수분(%)", ("수분함량",)),
    "measurements.crude_fat": ("조지방", "Crude fat (%)", "조지방(%)", ("지방함량",)),
    "measurements.whc": ("보수력", "WHC (%)", "보수력(%)", ("보수성",)),
    "measurements.mfi": ("MFI", "MFI", "MFI(근소편화지수)", ("근소편화지수",)),
    "measurements.tbars": ("TBARS", "TBARS", "TBARS(지방산패도)", ("산패도",)),
    "measurements.vbn": ("VBN", "VBN", "VBN(휘발성염기태질소)", ("휘발성염기태질소",)),
    "rounds.seq": ("회차", "Round", "딥에이징 회차", ("차수",)),
    "rounds.method": ("처리방법", "Method", "처리방식(method)", ("숙성방법",)),
    "rounds.started_at": ("시작", "Start", "처리일자", ("처리일",)),
    "rounds.minutes": ("처리시간", "Duration (min)", "시간(분)", ("처리시간",)),
    "place.replicate": ("반복", "Replicate", "반복(rep)", ("반복번호",)),
}  # fmt: skip
GROUPS = {
    SAMPLE: [target for target in HEADERS if target.startswith("samples.")],
    HEATED: [f"evaluations.{key}" for key in ("flavor", "juiciness", "tenderness", "umami", "palatability")],
    RAW: [f"evaluations.{key}" for key in ("marbling", "color", "texture", "surface_moisture", "overall")],
    TONGUE: [target for target in HEADERS if target.startswith("measurements.et_")],
    LABORATORY: [target for target in HEADERS if target.startswith("measurements.") and ".et_" not in target],
}
UNITS = {"measurements.wbsf_kgf": ("N", 9.80665), "samples.backfat_mm": ("cm", 0.1)}
TRACES: dict[str, Callable[[str], Any]] = {
    "plain": lambda number: number,
    "spaces": lambda number: f"{number[:3]} {number[3:7]} {number[7:11]} {number[11:]}",
    "hyphens": lambda number: f"{number[:3]}-{number[3:7]}-{number[7:11]}-{number[11:]}",
    "country": lambda number: "410" + number,
    "number": float,
    "wide": lambda number: "".join(chr(ord(sign) + 0xFEE0) for sign in number),
    "link": lambda number: f"https://mtrace.go.kr/?traceNo={number}",
    "label": lambda number: f"(251){number}",
    "ear tag": lambda number: number[3:],
    "korea": lambda number: f"KOR {number}",
}
DATES: dict[str, Callable[[date], Any]] = {
    "excel": lambda day: day,
    "iso": lambda day: day.isoformat(),
    "korean": lambda day: f"{day.year}년 {day.month}월 {day.day}일",
    "dots": lambda day: f"{day.year}. {day.month}. {day.day}.",
    "slashes": lambda day: f"{day.year}/{day.month:02}/{day.day:02}",
    "compact": lambda day: f"{day:%Y%m%d}",
    "compact number": lambda day: float(f"{day:%Y%m%d}"),
    "serial": lambda day: float((day - date(1899, 12, 30)).days),
    "short": lambda day: f"{day:%y.%m.%d}",
    "weekday": lambda day: f"{day:%Y-%m-%d} ({'월화수목금토일'[day.weekday()]})",
}


@dataclass(frozen=True)
class Person:
    """How somebody keeps their sheet."""

    name: str
    language: int | str = 0  # Korean, English, mixed; "others": other names
    groups: tuple[str, ...] = (SAMPLE, RAW, HEATED, TONGUE)
    title_rows: int = 0
    says_groups: bool = False
    merges: bool = True  # the groups
    line_breaks: bool = False
    text_numbers: str = ""  # "", plain, thousands, units, spaces
    dates: str = "excel"
    trace: str = "plain"
    numbered: bool = False
    replicates: int = 0  # rows of one sample, whose own cells are merged
    rounds: int = 0  # rows of one sample, one a round
    summary: bool = False
    unit_row: bool = False
    other_units: bool = False
    gaps: float = 0.0  # share of empty cells, written in the ways people write nothing
    shuffled: bool = False
    file: str = "xlsx"  # xls, csv, csv-cp949, csv-bom, csv-semicolon, csv-tab, csv-utf16
    sheet: str = "시험결과"
    before: int = 0  # sheets with other things before it
    n: int = 6


@dataclass
class Made:
    """A workbook and what is true of it: for each row of data, by its number, the value of each target."""

    person: Person
    data: bytes
    truth: dict[int, dict[str, Any]]
    columns: dict[str, int]
    cells: Cells
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)

    def written(self) -> bytes:
        return write(self.person, self.cells, self.merges)


def make(person: Person, seed: int = 1) -> Made:
    rng = random.Random(seed)
    columns = _columns(person, rng)
    header = person.title_rows + person.says_groups
    cells: Cells = {}
    merges = _titles(person, columns, cells)
    for target, column in columns.items():
        cells[header, column] = _header(person, target)
        if person.unit_row and (unit := _unit(target)):
            cells[header + 1, column] = f"({unit})"
    if person.numbered:
        cells[header, 0] = "No"
    first = header + 1 + (person.unit_row and any(_unit(target) for target in columns))
    truth = _rows(person, rng, columns, first, cells, merges)
    if person.summary:
        end = max(truth, default=first) + 0
        cells[end, 0] = "평균"
        cells[end, max(columns.values())] = 3.3
    made = Made(person, b"", truth, columns, cells, merges)
    made.data = made.written()
    return made


def facts(rng: random.Random) -> dict[str, Any]:
    """Of one sample, by target: nothing of it is wrong or unusual."""
    bms = rng.randint(1, 9)
    slaughtered = date(2025, 1, 1) + timedelta(days=rng.randrange(500))
    cut = rng.choice(CUTS)
    half = lambda low, high: rng.randint(2 * low, 2 * high) / 2  # noqa: E731
    scores = {t: half(2, 9) for group in (RAW, HEATED) for t in GROUPS[group]}
    for group in (RAW, HEATED):  # never all alike, and never a copy of the others
        scores[GROUPS[group][0]], scores[GROUPS[group][1]] = (1.5, 9.5) if group == RAW else (9.5, 1.5)
    usual = {
        "et_sourness": (-10.2, -9.0), "et_bitterness": (6.7, 7.9), "et_umami": (1.0, 1.6), "et_richness": (1.5, 3.9),
        "ph": (5.4, 5.8), "l_star": (30, 34), "a_star": (16, 19), "b_star": (7.5, 8.7), "drip_loss": (0.6, 1.4),
        "cooking_loss": (19, 24), "wbsf_kgf": (2.5, 6), "collagen": (1.4, 2.0), "moisture": (60, 70),
        "crude_fat": (5, 20), "whc": (50, 90), "mfi": (20, 180), "tbars": (0.1, 2.4), "vbn": (3, 25),
    }  # fmt: skip
    return {
        "samples.trace_number": f"002{rng.randrange(10**9):09}", "samples.species": "cattle",
        "samples.primal_cut": cut[2], "samples.secondary_cut": cut[3], "samples.sex": rng.choice([*SEXES]),
        "samples.grade": GRADES[bms],
        "samples.bms": bms,
        "samples.slaughtered_on": slaughtered, "samples.graded_on": slaughtered + timedelta(days=1),
        "samples.carcass_weight_kg": float(rng.randint(380, 520)), "samples.backfat_mm": float(rng.randint(8, 25)),
        "samples.ribeye_area_cm2": float(rng.randint(80, 110)), **scores,
        **{f"measurements.{key}": round(rng.uniform(*span), 2) for key, span in usual.items()},
    }  # fmt: skip


def _columns(person: Person, rng: random.Random) -> dict[str, int]:
    targets = [target for group in person.groups for target in GROUPS[group]]
    if person.replicates:
        targets.insert(len(GROUPS[SAMPLE]), "place.replicate")
    if person.rounds:
        targets[len(GROUPS[SAMPLE]) : len(GROUPS[SAMPLE])] = [
            "rounds.seq",
            "rounds.method",
            "rounds.started_at",
            "rounds.minutes",
        ]
    if person.shuffled:
        rng.shuffle(targets)
    return {target: n + person.numbered for n, target in enumerate(targets)}


def _titles(person: Person, columns: dict[str, int], cells: Cells) -> list[tuple[int, int, int, int]]:
    merges = []
    width = max(columns.values())
    for row in range(person.title_rows):
        if row % 3 != 2:
            cells[row, 0] = ["2025년 시험 결과 (관능평가, 전자혀 포함)", "작성자: 홍길동, 등급 및 부위별"][row % 2]
            if row % 2 == 0 and width > 2:
                merges.append((row, 0, row, width))
    if person.says_groups:
        row, column = person.title_rows, int(person.numbered)
        for group in person.groups:
            extra = (1 if person.replicates else 4 if person.rounds else 0) if group == SAMPLE else 0
            end = column + len(GROUPS[group]) - 1 + extra
            cells[row, column] = group
            if person.merges and end > column:
                merges.append((row, column, row, end))
            column = end + 1
    return merges


def _header(person: Person, target: str) -> str:
    korean, english, mixed, others = HEADERS[target]
    said = others[0] if person.language == "others" else (korean, english, mixed)[int(person.language)]
    if person.other_units and target in UNITS:
        said = f"{said.partition('(')[0].strip()} ({UNITS[target][0]})"
    return said.replace("(", "\n(", 1) if person.line_breaks else said


def _unit(target: str) -> str:
    known = {"samples.carcass_weight_kg": "kg", "samples.backfat_mm": "mm", "measurements.wbsf_kgf": "kgf"}
    return known.get(target, "")


def _rows(
    person: Person, rng: random.Random, columns: dict[str, int], first: int, cells: Cells,
    merges: list[tuple[int, int, int, int]],
) -> dict[int, dict[str, Any]]:  # fmt: skip
    truth: dict[int, dict[str, Any]] = {}
    row = first
    for _ in range(person.n):
        animal, start = facts(rng), row
        for step in range(max(person.replicates, person.rounds, 1)):
            own = {
                target: value
                for target, value in (animal | _step(person, animal, step, rng)).items()
                if target in columns
            }
            if person.gaps:
                own = {
                    t: v
                    for t, v in own.items()
                    if t.startswith(("samples.", "rounds.", "place.")) or rng.random() > person.gaps
                }
            for target, column in columns.items():
                if target in own and (step == 0 or not _is_shared(person, target)):
                    cells[row, column] = _cell(person, target, own[target])
                elif target not in own and target in HEADERS and rng.random() < 0.3:
                    cells[row, column] = rng.choice(["-", "N/A", " ", "—"])
            if person.numbered:
                cells[row, 0] = float(len(truth) + 1)
            truth[row + 1] = own
            row += 1
        if person.replicates > 1:
            merges += [(start, columns[t], row - 1, columns[t]) for t in columns if _is_shared(person, t)]
    return truth


def _is_shared(person: Person, target: str) -> bool:
    """Whether the rows of one sample share one merged cell."""
    return person.replicates > 1 and target.startswith("samples.")


def _step(person: Person, animal: dict[str, Any], step: int, rng: random.Random) -> dict[str, Any]:
    if person.replicates:
        fresh = {t: v for t, v in facts(rng).items() if t.startswith(("measurements.", "evaluations."))}
        return {"place.replicate": step + 1, **fresh}
    if not person.rounds:
        return {}
    fresh = {t: v for t, v in facts(rng).items() if t.startswith(("measurements.", "evaluations."))}
    begun = animal["samples.slaughtered_on"] + timedelta(days=2 * step)
    more = {"rounds.method": "deep_aging", "rounds.started_at": begun, "rounds.minutes": 60} if step else {}
    return {"rounds.seq": step, **fresh, **more}


def _cell(person: Person, target: str, value: Any) -> Any:
    if target == "samples.trace_number":
        return TRACES[person.trace](value)
    if isinstance(value, date):
        return DATES[person.dates](value)
    names: dict[str, Callable[[], Any]] = {
        "samples.species": lambda: ("소", "Cattle", "한우", "소")[_language(person)],
        "samples.primal_cut": lambda: _cut(value, 2, 0) if _language(person) != 1 else value,
        "samples.secondary_cut": lambda: _cut(value, 3, 1) if _language(person) != 1 else value,
        "samples.sex": lambda: SEXES[value][_language(person) % 3],
        "samples.grade": lambda: f"{value}등급" if person.language == "others" else value,
        "rounds.method": lambda: ("딥에이징", "Deep aging", "딥에이징", "딥에이징")[_language(person)],
    }
    if target in names:
        return names[target]()
    return _number(person, target, value)


def _language(person: Person) -> int:
    return 3 if person.language == "others" else int(person.language)


def _cut(key: str, column: int, name: int) -> str:
    return next(cut[name] for cut in CUTS if cut[column] == key)


def _number(person: Person, target: str, value: float) -> Any:
    if person.other_units and target in UNITS:
        value = round(value * UNITS[target][1], 6)
    if not person.text_numbers:
        return float(value)
    said = f"{value:g}"
    if person.text_numbers == "thousands":
        return f"{value:,.2f}" if not isinstance(value, int) else said
    if person.text_numbers == "units" and _unit(target):
        return f"{said} {_unit(target)}"
    return f"  {said} " if person.text_numbers == "spaces" else said


def write(person: Person, cells: Cells, merges: list[tuple[int, int, int, int]]) -> bytes:
    if person.file == "xlsx":
        return _xlsx(person, cells, merges)
    return _xls(person, cells, merges) if person.file == "xls" else _csv(person, cells)


def _xlsx(person: Person, cells: Cells, merges: list[tuple[int, int, int, int]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    for n in range(person.before):
        book.add_worksheet(f"메모{n}").write(0, 0, "이 파일은 시험 결과입니다.")
    sheet = book.add_worksheet(person.sheet)
    for area in merges:
        sheet.merge_range(*area, "")
    for (row, column), value in cells.items():
        if isinstance(value, date):
            sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), days)
        elif isinstance(value, str):
            sheet.write_string(row, column, value)
        elif value is not None:
            sheet.write(row, column, value)
    book.close()
    return out.getvalue()


def _xls(person: Person, cells: Cells, merges: list[tuple[int, int, int, int]]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    days = xlwt.XFStyle()
    days.num_format_str = "yyyy-mm-dd"
    sheet = book.add_sheet(person.sheet, cell_overwrite_ok=True)
    for (row, column), value in cells.items():
        sheet.write(row, column, value, days) if isinstance(value, date) else sheet.write(row, column, value)
    for top, left, bottom, right in merges:
        sheet.merge(top, bottom, left, right)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _csv(person: Person, cells: Cells) -> bytes:
    rows, columns = (max(place[n] for place in cells) + 1 for n in (0, 1))
    out = io.StringIO(newline="")
    delimiter = {"csv-semicolon": ";", "csv-tab": "\t"}.get(person.file, ",")
    writer = csv.writer(out, delimiter=delimiter)
    for row in range(rows):
        writer.writerow([_as_text(cells.get((row, column))) for column in range(columns)])
    encoding = {"csv-cp949": "cp949", "csv-bom": "utf-8-sig", "csv-utf16": "utf-16"}.get(person.file, "utf-8")
    return out.getvalue().encode(encoding)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


ALONE = (
    Person("korean"),
    Person("english", language=1),
    Person("mixed", language=2),
    Person("other names", language="others", says_groups=True),
    Person("title rows", title_rows=3),
    Person("header in row 18", title_rows=17),
    Person("groups", language=2, says_groups=True, groups=(SAMPLE, HEATED, RAW, TONGUE, LABORATORY)),
    Person("groups not merged", language=2, says_groups=True, merges=False, groups=(SAMPLE, HEATED, RAW, TONGUE)),
    Person("line breaks", language=2, line_breaks=True, says_groups=True),
    *(Person(f"numbers as text, {kind}", text_numbers=kind) for kind in ("plain", "thousands", "units", "spaces")),
    *(Person(f"dates {form}", dates=form) for form in DATES),
    *(Person(f"trace {form}", trace=form) for form in TRACES),
    Person("numbered", numbered=True),
    Person("merged replicates", replicates=3, groups=(SAMPLE, LABORATORY)),
    Person("a row a round", rounds=3, groups=(SAMPLE, RAW, LABORATORY)),
    Person("a line of means", summary=True, numbered=True),
    Person("a row of units", unit_row=True, groups=(SAMPLE, LABORATORY)),
    Person("other units", language=1, other_units=True, groups=(SAMPLE, LABORATORY)),
    Person("gaps", gaps=0.3, groups=(SAMPLE, RAW, TONGUE, LABORATORY)),
    Person("shuffled", shuffled=True, groups=(SAMPLE, LABORATORY)),
    Person("sheets before it", before=2),
    *(
        Person(kind, file=kind, dates="iso")
        for kind in ("csv", "csv-cp949", "csv-bom", "csv-semicolon", "csv-tab", "csv-utf16")
    ),
    Person("xls", file="xls"),
)  # fmt: skip


def together(seed: int) -> Person:
    """Several oddities at once, drawn by a seed."""
    rng = random.Random(seed)
    file = rng.choice(["xlsx", "xlsx", "xls", "csv", "csv-cp949", "csv-bom", "csv-tab"])
    is_csv = file.startswith("csv")
    shape = rng.choice(["plain", "replicates", "rounds"])
    return replace(
        Person(f"together {seed}"), file=file, language=rng.choice([0, 1, 2]), says_groups=rng.random() < 0.7,
        title_rows=rng.choice([0, 1, 2, 4, 9]), line_breaks=rng.random() < 0.5,
        text_numbers=rng.choice(["", "plain", "thousands", "units", "spaces"]),
        dates=rng.choice([form for form in DATES if not (is_csv and form == "excel")]), trace=rng.choice([*TRACES]),
        numbered=rng.random() < 0.5, merges=not is_csv and rng.random() < 0.7,
        replicates=3 if shape == "replicates" and not is_csv else 0, rounds=3 if shape == "rounds" else 0,
        gaps=rng.choice([0, 0, 0.2]), before=rng.choice([0, 1]) if file == "xlsx" else 0,
        groups=rng.choice([(SAMPLE, HEATED, RAW, TONGUE), (SAMPLE, RAW, LABORATORY), (SAMPLE, LABORATORY, TONGUE)]),
        summary=rng.random() < 0.3 and shape != "replicates",
    )  # fmt: skip


PEOPLE = (*ALONE, *(together(seed) for seed in range(24)))
