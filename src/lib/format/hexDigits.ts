/** Value of a byte that is a lower-case hex digit; negative for any other, and so is whatever it is or-ed with. */
export const HEX_DIGITS = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) HEX_DIGITS[value.toString(16).charCodeAt(0)] = value;
