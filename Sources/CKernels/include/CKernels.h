// Loops the Swift compiler does not vectorise, written once and compiled for plain x86-64 (or any other CPU), AVX2+FMA and AVX-512;
// the best set this CPU has is picked when the library loads.
//
// All matrices are row-major floats; `ld` is the distance between rows in floats. Pointers need no alignment. n may be 0.
// A NaN going in comes out as NaN: nothing here is compiled with -ffast-math.
// The AVX2 and AVX-512 sets give the same bits: every element is computed in the same order with the same fused operations,
// and sums always run over 16 lanes folded by the same tree. The plain set has no fused multiply-add and differs in the last bits.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

// Columns of one packed panel of `vk_gemm`.
#define VK_PANEL 32

// Name of the set in use: "avx512", "avx2" or "plain".
const char *vk_instruction_set(void);
// Uses the named set if this CPU has it; returns 1 if so. For tests, before any other thread computes.
int vk_use_instruction_set(const char *name);

// C (M,N) = A (M,K) B, or += when `accumulate` is not 0. B comes packed in ceil(N/32) panels of (K,32), the last one padded with zeros.
// A's element (i,k) is A[i*lda + k], or A[k*lda + i] when `transposed` is not 0. Element (i,j) is the sum over k = 0...K-1 in this order in
// one accumulator, so it depends on row i of A and column j of B alone, never on M, N, or where the row stands.
void vk_gemm(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *A, ptrdiff_t lda, int transposed, const float *packed, float *C, ptrdiff_t ldc, int accumulate);
// Packs panel `p` of B (K,N), stored as W (N,K) with distance ldw (`vk_pack_transposed`) or as B itself (`vk_pack`).
void vk_pack_transposed(ptrdiff_t p, ptrdiff_t N, ptrdiff_t K, const float *W, ptrdiff_t ldw, float *panel);
void vk_pack(ptrdiff_t p, ptrdiff_t N, ptrdiff_t K, const float *B, ptrdiff_t ldb, float *panel);
// Packs rows first ..< first + rows of W (N,K), given from row `first` on with distance ldw, into B's panels, which are zero at first.
void vk_pack_rows(ptrdiff_t first, ptrdiff_t rows, ptrdiff_t K, const float *W, ptrdiff_t ldw, float *packed);

// The same with B in bfloat16, widened as it is read: the bits of `vk_gemm` over the same weights as floats. Panels of (ceil(K/2), 32, 2): rows 2k and 2k+1 of
// a column beside one another, so that the product below reads them as one; an odd last row has zeros beside it.
void vk_gemm_bf16(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *A, ptrdiff_t lda, const uint16_t *packed, float *C, ptrdiff_t ldc, int accumulate);
// A in bfloat16 too (rows padded with a zero where K is odd), products of pairs added in float by the CPU's own instruction (VDPBF16PS: subnormals count as 0).
// Element (i,j) depends on row i and column j alone here as well. Only where `vk_has_bf16_dot`.
void vk_gemm_bf16_dot(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const uint16_t *A, ptrdiff_t lda, const uint16_t *packed, float *C, ptrdiff_t ldc, int accumulate);
int vk_has_bf16_dot(void);
// As `vk_f32_to_bf16`, by the CPU's own instruction, for which subnormals are 0. Only where `vk_has_bf16_dot`.
void vk_round_bf16(ptrdiff_t n, const float *x, uint16_t *out);
// As `vk_pack_rows`; unpacks row n of W.
void vk_pack_bf16(ptrdiff_t first, ptrdiff_t rows, ptrdiff_t K, const uint16_t *W, ptrdiff_t ldw, uint16_t *packed);
void vk_unpack_bf16(ptrdiff_t n, ptrdiff_t K, const uint16_t *packed, float *out);

// The same with B = scales[j] * q in int8, panels of (K,32): the sum over q first, then the scale. `scales` has a place for every column of the last panel.
void vk_gemm_int8(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *A, ptrdiff_t lda, const int8_t *packed, const float *scales, float *C, ptrdiff_t ldc, int accumulate);
// Rounds rows first ..< first + rows of W to q = W / scale with scale = max |row| / 127, and packs them; unpacks row n.
void vk_pack_int8(ptrdiff_t first, ptrdiff_t rows, ptrdiff_t K, const float *W, ptrdiff_t ldw, int8_t *packed, float *scales);
void vk_unpack_int8(ptrdiff_t n, ptrdiff_t K, const int8_t *packed, const float *scales, float *out);

// out = exp(x); at most 1.1 ulp from the true value for |x| < 87 (measured over all floats there), 0 below -104, inf above 88.73.
void vk_exp(ptrdiff_t n, const float *x, float *out);

// out = gate * sigmoid(gate) * up.
void vk_silu_mul(ptrdiff_t n, const float *gate, const float *up, float *out);
// dgate = dout * up * sigmoid(gate) * (1 + gate * (1 - sigmoid(gate))); dup = dout * gate * sigmoid(gate). May write over gate and up.
void vk_silu_mul_backward(ptrdiff_t n, const float *dout, const float *gate, const float *up, float *dgate, float *dup);

// Place of the largest element that is not NaN, the first of equals; 0 where there is none.
ptrdiff_t vk_argmax(ptrdiff_t n, const float *x);
// Whether no element is infinite or NaN.
int vk_all_finite(ptrdiff_t n, const float *x);

// log(sum(exp(scale * x))), by the maximum; the sum is kept in double. -inf for n = 0.
double vk_log_sum_exp(ptrdiff_t n, const float *x, float scale);
// out = exp(scale * x - lse): with lse = log-sum-exp of the row, the softmax.
void vk_exp_minus(ptrdiff_t n, const float *x, float scale, float lse, float *out);
// x[j] = scale * (softmax(x)[j] - (j == target)) in place; returns -log(softmax(x)[target]). The target's own entry is minus the sum of the
// others, which keeps its precision when the target's probability is near 1.
double vk_cross_entropy(ptrdiff_t n, float *x, ptrdiff_t target, float scale);

// out = p * (dp - d) * scale: the gradient of softmax, with d = sum(p dp).
void vk_softmax_backward(ptrdiff_t n, const float *p, const float *dp, float d, float scale, float *out);

// out[j] = q . K[j] for n rows K[j] of d floats; out += sum over j of p[j] V[j]. One query against a few keys and values.
void vk_dots(ptrdiff_t n, ptrdiff_t d, const float *q, const float *K, ptrdiff_t ldk, float *out);
void vk_weighted_sum(ptrdiff_t n, ptrdiff_t d, const float *p, const float *V, ptrdiff_t ldv, float *out);

// out = f(x); `kind` is one of VK_SILU ... VK_TANH. tanh is at most 2e-7 from the truth, erf 3e-7.
#define VK_SILU 0       // x sigmoid(x)
#define VK_GELU 1       // x (1 + erf(x / sqrt(2))) / 2
#define VK_GELU_TANH 2  // x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2
#define VK_RELU 3       // max(x, 0)
#define VK_TANH 4
void vk_activate(int kind, ptrdiff_t n, const float *x, float *out);
// out = cap * tanh(scale * x).
void vk_softcap(ptrdiff_t n, const float *x, float scale, float cap, float *out);

// y = (x - mean) / sqrt(variance + eps) * w + b, mean and variance (two passes, divided by n) in double.
void vk_layer_norm(ptrdiff_t n, const float *x, const float *w, const float *b, float eps, float *y);
// y = x * rstd * w with rstd = 1/sqrt(mean(x^2) + eps), returned.
float vk_rms_norm(ptrdiff_t n, const float *x, const float *w, float eps, float *y);
// dx (+)= rstd * (w * dy - x * rstd^2 * mean(w * dy * x)); dw += dy * x * rstd unless dw is NULL.
void vk_rms_norm_backward(ptrdiff_t n, const float *dy, const float *x, const float *w, float rstd, float *dx, int accumulate, float *dw);

// Half-split rotation of one head: (x[i], x[i+h]) turned by the angle whose cosine and sine are c[i], sign * s[i]; h = half the head's dimension.
void vk_rope(ptrdiff_t h, float *x, const float *c, const float *s, float sign);

// PyTorch's AdamW: p -= lr*decay*p; m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2; p -= lr/bias1 * m / (sqrt(v)/sqrt(bias2) + eps), g = gscale * grad.
void vk_adamw(ptrdiff_t n, float *p, const float *grad, float *m, float *v, float gscale, float lr, float b1, float b2, float eps, float decay, float bias1, float bias2);

void vk_axpy(ptrdiff_t n, float a, const float *x, float *y);                  // y += a x
void vk_scale(ptrdiff_t n, float a, float *x);                                 // x *= a
void vk_multiply(ptrdiff_t n, const float *x, const float *y, float *out);     // out = x y
double vk_dot(ptrdiff_t n, const float *x, const float *y);                    // sum of x y, products and sum in double
double vk_sum_squares(ptrdiff_t n, const float *x);                            // in double

// out = x * keep / (1 - rate), where keep is 0 with probability `rate`, decided by (key, column) alone.
void vk_dropout(ptrdiff_t n, const float *x, uint64_t key, float rate, float *out);

void vk_bf16_to_f32(ptrdiff_t n, const uint16_t *x, float *out);
void vk_f32_to_bf16(ptrdiff_t n, const float *x, uint16_t *out);               // to nearest, ties to even; NaN stays NaN

// Multiply-adds of floats (of pairs of bfloat16), as many a second as one thread can do; returns how many operations `rounds` were, 0 where there is no such
// instruction here.
double vk_limit_float(ptrdiff_t rounds);
double vk_limit_bf16(ptrdiff_t rounds);
// Reads n words, and returns something of them.
uint64_t vk_read(ptrdiff_t n, const uint64_t *x);

// Tells the processor that this thread waits in a loop.
void vk_pause(void);

#endif
