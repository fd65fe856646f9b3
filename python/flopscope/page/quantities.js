// Numbers with units, as flopscope/quantities.py writes them.
const PREFIXES = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];

// Ties go to the even digit, as Python writes them: 0.0625 is 0.062. What only looks like one, as
// 2.725 does, whose double is a little more, is none: of a true one 5 ** digits divides out.
function fixed(value, digits) {
  const scaled = value * 10 ** digits;
  const below = Math.floor(scaled);
  const tie = scaled - below === 0.5 && (2 * below + 1) % 5 ** digits === 0;
  return (tie && below % 2 === 0 ? below / 10 ** digits : value).toFixed(digits);
}

function threeDigits(value) {
  if (value < 9.995) return fixed(value, 2);
  return value < 99.95 ? fixed(value, 1) : fixed(value, 0);
}

function amount(value, unit = "") {
  let exponent = 0;
  while (value >= 999.5 && exponent + 1 < PREFIXES.length) {
    value /= 1000;
    exponent += 1;
  }
  const number = exponent === 0 ? fixed(value, 0) : threeDigits(value);
  return `${number} ${PREFIXES[exponent]}${unit}`.trimEnd();
}

function duration(seconds) {
  if (seconds <= 0) return "0 s";
  const units = [[999.5e-9, 1e9, "ns"], [999.5e-6, 1e6, "µs"], [999.5e-3, 1e3, "ms"], [999.5, 1, "s"],
    [5997, 1 / 60, "min"]];
  for (const [limit, scale, unit] of units) {
    if (seconds < limit) {
      const scaled = seconds * scale;
      return `${unit === "ns" ? fixed(scaled, 0) : threeDigits(scaled)} ${unit}`;
    }
  }
  return `${threeDigits(seconds / 3600)} h`;
}

function ratio(numerator, denominator) {
  if (!numerator || !denominator) return "-";
  const quotient = numerator / denominator;
  if (quotient < 0.0005) return "<0.001";
  if (quotient < 1) return fixed(quotient, 3);
  return quotient < 999.5 ? threeDigits(quotient) : amount(quotient);
}

function percentage(part, whole) {
  if (!part || !whole) return "0 %";
  const share = (100 * part) / whole;
  if (share < 0.1) return "<0.1 %";
  return share >= 100 ? "100 %" : `${fixed(Math.min(share, 99.9), 1)} %`;
}

const MEASURES = {
  flops: { label: "FLOPs", heading: "FLOP", write: (value) => amount(value, "FLOP"), cell: amount },
  charged: { label: "Charged units", heading: "charged", write: (value) => `${amount(value)} charged`, cell: amount },
  bytes: { label: "Bytes", heading: "bytes", write: (value) => amount(value, "B"), cell: (value) => amount(value, "B") },
  seconds: { label: "Seconds", heading: "time", write: duration, cell: duration },
};
