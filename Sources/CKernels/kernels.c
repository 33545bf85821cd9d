// Compiles bodies.h for each instruction set and picks the best one this CPU has; see CKernels.h for what each function computes.
#include "CKernels.h"

#include <math.h>
#include <string.h>

#pragma clang fp contract(on)
// Vectors pass only between functions that are always inlined, so no calling convention is involved.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float v16 __attribute__((ext_vector_type(16)));
typedef double d16 __attribute__((ext_vector_type(16)));
typedef int32_t i16 __attribute__((ext_vector_type(16)));
typedef int8_t b16u __attribute__((ext_vector_type(16), aligned(1)));
typedef float v16u __attribute__((ext_vector_type(16), aligned(4)));

// How packed weights are stored.
enum { VK_FORM_FLOAT, VK_FORM_BF16, VK_FORM_INT8 };

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define LOAD(p) ((v16)(*(const v16u *)(p)))
#define STORE(p, v) (*(v16u *)(p) = (v))
#define BITS(type, value) __builtin_bit_cast(type, value)

struct kernels {
  void (*gemm)(ptrdiff_t, ptrdiff_t, ptrdiff_t, const float *, ptrdiff_t, int, const float *, float *, ptrdiff_t, int);
  void (*gemm_bf16)(ptrdiff_t, ptrdiff_t, ptrdiff_t, const float *, ptrdiff_t, const uint16_t *, float *, ptrdiff_t, int);
  void (*gemm_int8)(ptrdiff_t, ptrdiff_t, ptrdiff_t, const float *, ptrdiff_t, const int8_t *, const float *, float *, ptrdiff_t, int);
  void (*exp)(ptrdiff_t, const float *, float *);
  void (*silu_mul)(ptrdiff_t, const float *, const float *, float *);
  void (*silu_mul_backward)(ptrdiff_t, const float *, const float *, const float *, float *, float *);
  void (*activate)(int, ptrdiff_t, const float *, float *);
  void (*softcap)(ptrdiff_t, const float *, float, float, float *);
  ptrdiff_t (*argmax)(ptrdiff_t, const float *);
  int (*all_finite)(ptrdiff_t, const float *);
  double (*log_sum_exp)(ptrdiff_t, const float *, float);
  void (*exp_minus)(ptrdiff_t, const float *, float, float, float *);
  double (*cross_entropy)(ptrdiff_t, float *, ptrdiff_t, float);
  void (*layer_norm)(ptrdiff_t, const float *, const float *, const float *, float, float *);
  float (*rms_norm)(ptrdiff_t, const float *, const float *, float, float *);
  void (*rms_norm_backward)(ptrdiff_t, const float *, const float *, const float *, float, float *, int, float *);
  void (*rope)(ptrdiff_t, float *, const float *, const float *, float);
  void (*adamw)(ptrdiff_t, float *, const float *, float *, float *, float, float, float, float, float, float, float, float);
  void (*axpy)(ptrdiff_t, float, const float *, float *);
  void (*scale)(ptrdiff_t, float, float *);
  void (*multiply)(ptrdiff_t, const float *, const float *, float *);
  double (*dot)(ptrdiff_t, const float *, const float *);
  double (*sum_squares)(ptrdiff_t, const float *);
  void (*softmax_backward)(ptrdiff_t, const float *, const float *, float, float, float *);
  void (*dots)(ptrdiff_t, ptrdiff_t, const float *, const float *, ptrdiff_t, float *);
  void (*weighted_sum)(ptrdiff_t, ptrdiff_t, const float *, const float *, ptrdiff_t, float *);
  void (*dropout)(ptrdiff_t, const float *, uint64_t, float, float *);
  void (*bf16_to_f32)(ptrdiff_t, const uint16_t *, float *);
  void (*f32_to_bf16)(ptrdiff_t, const float *, uint16_t *);
};

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define F(name) JOIN(name, SET)

#define load_some F(load_some)
#define store_some F(store_some)
#define fold F(fold)
#define fold_double F(fold_double)

// ---- plain

#define SET plain
#define ROWS 2
#define VECS 1
#define MOST_VECS 1
#define WIDE(rows) 1
#define EACH_ROW_COUNT(M) M(1) M(2)
#include "bodies.h"
#undef SET
#undef ROWS
#undef VECS
#undef MOST_VECS
#undef WIDE
#undef EACH_ROW_COUNT

#if defined(__x86_64__)
// ---- AVX2 and FMA: 12 of 16 registers hold the tile

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define SET avx2
#define ROWS 6
#define VECS 1
#define MOST_VECS 4
#define WIDE(rows) ((rows) == 1 ? 4 : (rows) <= 3 ? 2 : 1)
#define EACH_ROW_COUNT(M) M(1) M(2) M(3) M(4) M(5) M(6)
#include "bodies.h"
#undef SET
#undef ROWS
#undef VECS
#undef MOST_VECS
#undef WIDE
#undef EACH_ROW_COUNT
#pragma clang attribute pop

// ---- AVX-512: 28 of 32 registers hold the tile

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"))), apply_to = function)
#define SET avx512
#define ROWS 14
#define VECS 2
#define MOST_VECS 8
#define WIDE(rows) ((rows) <= 3 ? 8 : (rows) <= 7 ? 4 : 2)
#define EACH_ROW_COUNT(M) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11) M(12) M(13) M(14)
#include "bodies.h"
#undef SET
#undef ROWS
#undef VECS
#undef MOST_VECS
#undef WIDE
#undef EACH_ROW_COUNT
#pragma clang attribute pop
#endif

static const struct kernels *use = &kernels_plain;
static const char *name = "plain";

int vk_use_instruction_set(const char *wanted) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
    && __builtin_cpu_supports("avx512dq");
  if (strcmp(wanted, "avx512") == 0 && avx512) {
    use = &kernels_avx512;
    name = "avx512";
    return 1;
  }
  if (strcmp(wanted, "avx2") == 0 && avx2) {
    use = &kernels_avx2;
    name = "avx2";
    return 1;
  }
#endif
  if (strcmp(wanted, "plain") == 0) {
    use = &kernels_plain;
    name = "plain";
    return 1;
  }
  return 0;
}

__attribute__((constructor)) static void pick(void) {
  if (!vk_use_instruction_set("avx512")) vk_use_instruction_set("avx2");
}

const char *vk_instruction_set(void) { return name; }

void vk_gemm(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *A, ptrdiff_t lda, int transposed, const float *packed, float *C, ptrdiff_t ldc, int accumulate) {
  use->gemm(M, N, K, A, lda, transposed, packed, C, ldc, accumulate);
}

void vk_gemm_bf16(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *A, ptrdiff_t lda, const uint16_t *packed, float *C, ptrdiff_t ldc, int accumulate) {
  use->gemm_bf16(M, N, K, A, lda, packed, C, ldc, accumulate);
}
void vk_gemm_int8(ptrdiff_t M, ptrdiff_t N, ptrdiff_t K, const float *A, ptrdiff_t lda, const int8_t *packed, const float *scales, float *C, ptrdiff_t ldc, int accumulate) {
  use->gemm_int8(M, N, K, A, lda, packed, scales, C, ldc, accumulate);
}

void vk_pack_rows(ptrdiff_t first, ptrdiff_t rows, ptrdiff_t K, const float *W, ptrdiff_t ldw, float *packed) {
  for (ptrdiff_t n = first; n < first + rows;) {
    ptrdiff_t end = (n / VK_PANEL + 1) * VK_PANEL < first + rows ? (n / VK_PANEL + 1) * VK_PANEL : first + rows;
    float *to = packed + n / VK_PANEL * VK_PANEL * K + n % VK_PANEL;
    const float *from = W + (n - first) * ldw;
    // Sixteen of k at a time: the lines read and the lines written both stay in the first-level cache.
    for (ptrdiff_t k = 0; k < K; k += 16) {
      ptrdiff_t last = k + 16 < K ? k + 16 : K;
      for (ptrdiff_t j = 0; j < end - n; j++)
        for (ptrdiff_t t = k; t < last; t++) to[t * VK_PANEL + j] = from[j * ldw + t];
    }
    n = end;
  }
}

void vk_pack_transposed(ptrdiff_t p, ptrdiff_t N, ptrdiff_t K, const float *W, ptrdiff_t ldw, float *panel) {
  ptrdiff_t n = p * VK_PANEL, columns = N - n < VK_PANEL ? N - n : VK_PANEL;
  if (columns < VK_PANEL) memset(panel, 0, sizeof(float) * (size_t)(K * VK_PANEL));
  vk_pack_rows(0, columns, K, W + n * ldw, ldw, panel);
}

void vk_pack(ptrdiff_t p, ptrdiff_t N, ptrdiff_t K, const float *B, ptrdiff_t ldb, float *panel) {
  ptrdiff_t n = p * VK_PANEL, columns = N - n < VK_PANEL ? N - n : VK_PANEL;
  for (ptrdiff_t k = 0; k < K; k++) {
    memcpy(panel + k * VK_PANEL, B + k * ldb + n, sizeof(float) * (size_t)columns);
    for (ptrdiff_t j = columns; j < VK_PANEL; j++) panel[k * VK_PANEL + j] = 0;
  }
}

void vk_exp(ptrdiff_t n, const float *x, float *out) { use->exp(n, x, out); }
void vk_silu_mul(ptrdiff_t n, const float *gate, const float *up, float *out) { use->silu_mul(n, gate, up, out); }
void vk_silu_mul_backward(ptrdiff_t n, const float *dout, const float *gate, const float *up, float *dgate, float *dup) {
  use->silu_mul_backward(n, dout, gate, up, dgate, dup);
}
void vk_activate(int kind, ptrdiff_t n, const float *x, float *out) { use->activate(kind, n, x, out); }
void vk_softcap(ptrdiff_t n, const float *x, float scale, float cap, float *out) { use->softcap(n, x, scale, cap, out); }
ptrdiff_t vk_argmax(ptrdiff_t n, const float *x) { return use->argmax(n, x); }
int vk_all_finite(ptrdiff_t n, const float *x) { return use->all_finite(n, x); }
double vk_log_sum_exp(ptrdiff_t n, const float *x, float scale) { return use->log_sum_exp(n, x, scale); }
void vk_exp_minus(ptrdiff_t n, const float *x, float scale, float lse, float *out) { use->exp_minus(n, x, scale, lse, out); }
double vk_cross_entropy(ptrdiff_t n, float *x, ptrdiff_t target, float scale) { return use->cross_entropy(n, x, target, scale); }
void vk_layer_norm(ptrdiff_t n, const float *x, const float *w, const float *b, float eps, float *y) { use->layer_norm(n, x, w, b, eps, y); }
float vk_rms_norm(ptrdiff_t n, const float *x, const float *w, float eps, float *y) { return use->rms_norm(n, x, w, eps, y); }
void vk_rms_norm_backward(ptrdiff_t n, const float *dy, const float *x, const float *w, float rstd, float *dx, int accumulate, float *dw) {
  use->rms_norm_backward(n, dy, x, w, rstd, dx, accumulate, dw);
}
void vk_rope(ptrdiff_t h, float *x, const float *c, const float *s, float sign) { use->rope(h, x, c, s, sign); }
void vk_adamw(ptrdiff_t n, float *p, const float *grad, float *m, float *v, float gscale, float lr, float b1, float b2, float eps, float decay, float bias1, float bias2) {
  use->adamw(n, p, grad, m, v, gscale, lr, b1, b2, eps, decay, bias1, bias2);
}
void vk_axpy(ptrdiff_t n, float a, const float *x, float *y) { use->axpy(n, a, x, y); }
void vk_scale(ptrdiff_t n, float a, float *x) { use->scale(n, a, x); }
void vk_multiply(ptrdiff_t n, const float *x, const float *y, float *out) { use->multiply(n, x, y, out); }
double vk_dot(ptrdiff_t n, const float *x, const float *y) { return use->dot(n, x, y); }
double vk_sum_squares(ptrdiff_t n, const float *x) { return use->sum_squares(n, x); }
void vk_softmax_backward(ptrdiff_t n, const float *p, const float *dp, float d, float scale, float *out) { use->softmax_backward(n, p, dp, d, scale, out); }
void vk_dots(ptrdiff_t n, ptrdiff_t d, const float *q, const float *K, ptrdiff_t ldk, float *out) { use->dots(n, d, q, K, ldk, out); }
void vk_weighted_sum(ptrdiff_t n, ptrdiff_t d, const float *p, const float *V, ptrdiff_t ldv, float *out) { use->weighted_sum(n, d, p, V, ldv, out); }
void vk_dropout(ptrdiff_t n, const float *x, uint64_t key, float rate, float *out) { use->dropout(n, x, key, rate, out); }
void vk_bf16_to_f32(ptrdiff_t n, const uint16_t *x, float *out) { use->bf16_to_f32(n, x, out); }
void vk_f32_to_bf16(ptrdiff_t n, const float *x, uint16_t *out) { use->f32_to_bf16(n, x, out); }
