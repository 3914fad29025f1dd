"""How meat is processed: the methods that a round may name, how long each may last, and what is usual for it."""

from dataclasses import dataclass, field

DAY = 24 * 60
LONGEST_DAYS = 120


@dataclass(frozen=True)
class Method:
    """One method: the longest round in minutes (beyond it is refused), and field -> lowest and highest usual value.

    Minutes, degrees Celsius, MPa and kHz. Names are words under "method".
    """

    key: str
    longest: int
    usual: dict[str, tuple[float, float]] = field(default_factory=dict)


# Deep aging: vacuum pack in water, about 1 MPa, 5 degrees and 40 kHz ultrasound, 1-2 h (Food Eng Prog 2021, 25(2):147).
# Radio frequency: 13.56 or 27.12 MHz for up to two days (KASP 2021, RDA). High pressure: 100 MPa and more.
METHODS: dict[str, Method] = {
    method.key: method
    for method in (
        Method(
            "deep_aging", DAY,
            {"minutes": (1, 240), "temperature_c": (0, 10), "pressure_mpa": (0.1, 3), "frequency_khz": (20, 60)},
        ),
        Method(
            "wet_aging", LONGEST_DAYS * DAY,
            {"minutes": (DAY, 60 * DAY), "temperature_c": (-2, 5), "pressure_mpa": (0, 0.2)},
        ),
        Method("dry_aging", LONGEST_DAYS * DAY, {"minutes": (DAY, LONGEST_DAYS * DAY), "temperature_c": (0, 5)}),
        Method(
            "radio_frequency", LONGEST_DAYS * DAY,
            {"minutes": (1, 2 * DAY), "temperature_c": (-2, 20), "frequency_khz": (10_000, 50_000)},
        ),
        Method("electric_field", LONGEST_DAYS * DAY, {"temperature_c": (-10, 5)}),
        Method("ultrasound", DAY, {"minutes": (1, 240), "temperature_c": (0, 25), "frequency_khz": (20, 40)}),
        Method("high_pressure", DAY, {"minutes": (1, 60), "temperature_c": (0, 40), "pressure_mpa": (100, 600)}),
        Method("tumbling", DAY, {"temperature_c": (-2, 10)}),
        Method("other", LONGEST_DAYS * DAY),
    )
}  # fmt: skip
USUAL_WEIGHT_G = (50, 30_000)
USUAL_LOSS = (0, 35)  # % of weight in one round
