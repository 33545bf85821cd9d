// What this processor can do at most, in loops that do nothing else: the numbers that the engine's speeds are held against.
#ifndef CLIMITS_H
#define CLIMITS_H

#include <stddef.h>
#include <stdint.h>

// 1 where the CPU multiplies pairs of bf16 and adds them to floats in one instruction (AVX512-BF16).
int limits_has_bf16(void);
// Runs `rounds` of independent vdpbf16ps on registers alone; returns the floating-point operations done (64 an instruction), 0 without the instruction.
double limits_bf16_dots(int64_t rounds);

// Reads `bytes` bytes (a multiple of 4096; the rest is left out) in four streams with the widest loads there are. Returns a sum that depends on all.
uint64_t limits_read(const void *memory, size_t bytes);

#endif
