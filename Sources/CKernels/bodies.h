// The bodies of all kernels. Included once for each instruction set, with
//   F(name)     the function's name in this set
//   ROWS, VECS  the micro-kernel of products.h
// All of it is written on vectors of 16 floats, which the compiler splits into what the set has.

// ---- Parts of a vector, and the one order in which 16 lanes are added

INLINE v16 load_some(const float *p, ptrdiff_t n, float fill) {
  v16 v = (v16)fill;
  for (int i = 0; i < 16; i++) v[i] = i < n ? p[i] : fill;
  return v;
}

INLINE void store_some(float *p, ptrdiff_t n, v16 v) {
  for (int i = 0; i < 16; i++)
    if (i < n) p[i] = v[i];
}

INLINE float fold(v16 v) {
  float s[16];
  for (int i = 0; i < 16; i++) s[i] = v[i];
  for (int width = 8; width > 0; width /= 2)
    for (int i = 0; i < width; i++) s[i] += s[i + width];
  return s[0];
}

INLINE double fold_double(d16 v) {
  double s[16];
  for (int i = 0; i < 16; i++) s[i] = v[i];
  for (int width = 8; width > 0; width /= 2)
    for (int i = 0; i < width; i++) s[i] += s[i + width];
  return s[0];
}

// exp by 2^n * exp(r), |r| <= ln 2 / 2: Cody and Waite's two-part ln 2, then a degree 6 minimax polynomial (Cephes' expf coefficients).
// n comes from adding 1.5 * 2^23, which rounds to nearest even without a rounding instruction, and is read from the sum's bits, since
// converting a NaN to an integer is undefined. 2^n is applied in two halves, so results reach both infinity and the subnormals.
INLINE v16 F(exp16)(v16 x) {
  x = x > 89.0f ? (v16)89.0f : x;
  x = x < -105.0f ? (v16)-105.0f : x;
  v16 t = x * 1.44269504088896341f + 12582912.0f;
  v16 n = t - 12582912.0f;
  v16 r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  v16 p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r;
  p = p + 1.0f;
  i16 k = BITS(i16, t) - 0x4B400000;
  i16 half = k >> 1;
  v16 a = BITS(v16, (half + 127) << 23), b = BITS(v16, (k - half + 127) << 23);
  return p * a * b;
}

INLINE v16 F(sigmoid16)(v16 x) { return 1.0f / (1.0f + F(exp16)(-x)); }

INLINE v16 F(abs16)(v16 x) { return BITS(v16, BITS(i16, x) & 0x7FFFFFFF); }

// tanh: odd polynomial (Cephes' tanhf coefficients) below 0.625, where 1 - 2 / (e^2x + 1) would lose digits, and that above.
INLINE v16 F(tanh16)(v16 x) {
  v16 a = F(abs16)(x), z = x * x;
  v16 p = z * -5.70498872745e-3f + 2.06390887954e-2f;
  p = p * z + -5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z + -3.33332819422e-1f;
  v16 small = p * z * x + x;
  v16 large = 1.0f - 2.0f / (F(exp16)(2.0f * a) + 1.0f);
  large = x < 0.0f ? -large : large;
  return a < 0.625f ? small : large;
}

// erf: x P(x^2) below 1; above, 1 - exp(Q(|x|)) with Q fitted to log erfc on [1, 4] (both by Chebyshev interpolation in double); 1 from 4 on.
INLINE v16 F(erf16)(v16 x) {
  v16 a = F(abs16)(x), z = x * x;
  v16 p = z * -9.673590284364764e-06f + 1.1268253729213029e-04f;
  p = p * z + -8.484396385028958e-04f;
  p = p * z + 5.221053492277861e-03f;
  p = p * z + -2.6865437626838684e-02f;
  p = p * z + 1.1283782869577408e-01f;
  p = p * z + -3.7612637877464294e-01f;
  p = p * z + 1.128379225730896f;
  v16 t = a > 4.0f ? (v16)4.0f : a;
  v16 q = t * -6.5828614895764e-08f + 3.0952054705708216e-06f;
  q = q * t + -6.006880410007649e-05f;
  q = q * t + 6.733375968889609e-04f;
  q = q * t + -5.02104492727581e-03f;
  q = q * t + 2.6999497510939406e-02f;
  q = q * t + -1.1090741763298824e-01f;
  q = q * t + -6.310888674372573e-01f;
  q = q * t + -1.1306044697086781f;
  q = q * t + 4.005005749760926e-04f;
  v16 large = 1.0f - F(exp16)(q);
  large = x < 0.0f ? -large : large;
  // Written so that a NaN takes the polynomial and stays one.
  return a >= 1.0f ? large : p * x;
}

INLINE v16 F(activate16)(int kind, v16 x) {
  switch (kind) {
  case VK_SILU: return x * F(sigmoid16)(x);
  case VK_GELU: return 0.5f * x * (1.0f + F(erf16)(x * 0.70710678118654752f));
  case VK_GELU_TANH: return 0.5f * x * (1.0f + F(tanh16)(0.79788456080286536f * (x + 0.044715f * (x * x * x))));
  case VK_RELU: return x < 0.0f ? (v16)0.0f : x;
  default: return F(tanh16)(x);
  }
}

#include "products.h"

// ---- Element-wise loops: whole vectors, then the tail in a padded copy.

static void F(exp)(ptrdiff_t n, const float *x, float *out) {
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16) STORE(out + i, F(exp16)(LOAD(x + i)));
  if (i < n) store_some(out + i, n - i, F(exp16)(load_some(x + i, n - i, 0)));
}

static void F(silu_mul)(ptrdiff_t n, const float *gate, const float *up, float *out) {
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16) {
    v16 g = LOAD(gate + i);
    STORE(out + i, g * F(sigmoid16)(g) * LOAD(up + i));
  }
  if (i < n) {
    v16 g = load_some(gate + i, n - i, 0);
    store_some(out + i, n - i, g * F(sigmoid16)(g) * load_some(up + i, n - i, 0));
  }
}

#define ACTIVATE(kind)                                                                              \
  case kind:                                                                                        \
    for (; i + 16 <= n; i += 16) STORE(out + i, F(activate16)(kind, LOAD(x + i)));                  \
    if (i < n) store_some(out + i, n - i, F(activate16)(kind, load_some(x + i, n - i, 0)));         \
    break;
static void F(activate)(int kind, ptrdiff_t n, const float *x, float *out) {
  ptrdiff_t i = 0;
  switch (kind) {
    ACTIVATE(VK_SILU)
    ACTIVATE(VK_GELU)
    ACTIVATE(VK_GELU_TANH)
    ACTIVATE(VK_RELU)
    ACTIVATE(VK_TANH)
  }
}
#undef ACTIVATE

static void F(softcap)(ptrdiff_t n, const float *x, float scale, float cap, float *out) {
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16) STORE(out + i, cap * F(tanh16)(scale * LOAD(x + i)));
  if (i < n) store_some(out + i, n - i, cap * F(tanh16)(scale * load_some(x + i, n - i, 0)));
}

static void F(silu_mul_backward)(ptrdiff_t n, const float *dout, const float *gate, const float *up, float *dgate, float *dup) {
  for (ptrdiff_t i = 0; i < n; i += 16) {
    int whole = i + 16 <= n;
    v16 g = whole ? LOAD(gate + i) : load_some(gate + i, n - i, 0);
    v16 u = whole ? LOAD(up + i) : load_some(up + i, n - i, 0);
    v16 d = whole ? LOAD(dout + i) : load_some(dout + i, n - i, 0);
    v16 s = F(sigmoid16)(g);
    v16 dg = d * u * s * (1.0f + g * (1.0f - s)), du = d * g * s;
    if (whole) {
      STORE(dgate + i, dg);
      STORE(dup + i, du);
    } else {
      store_some(dgate + i, n - i, dg);
      store_some(dup + i, n - i, du);
    }
  }
}

// The largest element that is not NaN (a NaN reaches the result through the sum that follows); -inf when there is none.
INLINE float F(maximum)(ptrdiff_t n, const float *x) {
  v16 m = (v16)(-INFINITY);
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16) {
    v16 v = LOAD(x + i);
    m = v > m ? v : m;
  }
  if (i < n) {
    v16 v = load_some(x + i, n - i, -INFINITY);
    m = v > m ? v : m;
  }
  float best = m[0];
  for (int j = 1; j < 16; j++) best = m[j] > best ? m[j] : best;
  return best;
}

// Sixteen at a time until a block holds the maximum, then one by one.
static ptrdiff_t F(argmax)(ptrdiff_t n, const float *x) {
  float m = F(maximum)(n, x);
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16) {
    i16 equal = LOAD(x + i) == m;
    int any = 0;
    for (int j = 0; j < 16; j++) any |= equal[j];
    if (any) break;
  }
  for (; i < n; i++)
    if (x[i] == m) return i;
  return 0;
}

static int F(all_finite)(ptrdiff_t n, const float *x) {
  i16 bad = (i16)0;
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16) bad |= (BITS(i16, LOAD(x + i)) & 0x7F800000) == 0x7F800000;
  if (i < n) bad |= (BITS(i16, load_some(x + i, n - i, 0)) & 0x7F800000) == 0x7F800000;
  int any = 0;
  for (int j = 0; j < 16; j++) any |= bad[j];
  return !any;
}

INLINE double F(exp_sum)(ptrdiff_t n, const float *x, float scale, float m) {
  d16 sum = (d16)0.0;
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16) sum += __builtin_convertvector(F(exp16)((LOAD(x + i) - m) * scale), d16);
  if (i < n) sum += __builtin_convertvector(F(exp16)((load_some(x + i, n - i, -INFINITY) - m) * scale), d16);
  return fold_double(sum);
}

static double F(log_sum_exp)(ptrdiff_t n, const float *x, float scale) {
  if (n <= 0) return -INFINITY;
  float m = F(maximum)(n, x);
  return (double)m * scale + log(F(exp_sum)(n, x, scale, m));
}

static void F(exp_minus)(ptrdiff_t n, const float *x, float scale, float lse, float *out) {
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16) STORE(out + i, F(exp16)(LOAD(x + i) * scale - lse));
  if (i < n) store_some(out + i, n - i, F(exp16)(load_some(x + i, n - i, 0) * scale - lse));
}

static double F(cross_entropy)(ptrdiff_t n, float *x, ptrdiff_t target, float scale) {
  float m = F(maximum)(n, x), at = x[target];
  x[target] = -INFINITY;
  double others = F(exp_sum)(n, x, 1.0f, m);
  double total = others + exp((double)at - m);
  float factor = (float)(scale / total);
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16) STORE(x + i, F(exp16)(LOAD(x + i) - m) * factor);
  if (i < n) store_some(x + i, n - i, F(exp16)(load_some(x + i, n - i, 0) - m) * factor);
  x[target] = (float)(-scale * (others / total));
  return log(total) - ((double)at - m);
}

static float F(rms_norm)(ptrdiff_t n, const float *x, const float *w, float eps, float *y) {
  d16 sum = (d16)0.0;
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16) {
    d16 v = __builtin_convertvector(LOAD(x + i), d16);
    sum += v * v;
  }
  if (i < n) {
    d16 v = __builtin_convertvector(load_some(x + i, n - i, 0), d16);
    sum += v * v;
  }
  float rstd = (float)(1.0 / sqrt(fold_double(sum) / (double)n + eps));
  i = 0;
  for (; i + 16 <= n; i += 16) STORE(y + i, LOAD(x + i) * rstd * LOAD(w + i));
  if (i < n) store_some(y + i, n - i, load_some(x + i, n - i, 0) * rstd * load_some(w + i, n - i, 0));
  return rstd;
}

static void F(layer_norm)(ptrdiff_t n, const float *x, const float *w, const float *b, float eps, float *y) {
  d16 sum = (d16)0.0;
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16) sum += __builtin_convertvector(LOAD(x + i), d16);
  if (i < n) sum += __builtin_convertvector(load_some(x + i, n - i, 0), d16);
  double mean = fold_double(sum) / (double)n;
  sum = (d16)0.0;
  for (i = 0; i + 16 <= n; i += 16) {
    d16 v = __builtin_convertvector(LOAD(x + i), d16) - mean;
    sum += v * v;
  }
  // One by one: lanes filled with anything but the mean would add to the variance.
  double tail = 0;
  for (; i < n; i++) tail += ((double)x[i] - mean) * ((double)x[i] - mean);
  float rstd = (float)(1.0 / sqrt((fold_double(sum) + tail) / (double)n + eps)), center = (float)mean;
  for (i = 0; i + 16 <= n; i += 16) STORE(y + i, (LOAD(x + i) - center) * rstd * LOAD(w + i) + LOAD(b + i));
  if (i < n) store_some(y + i, n - i, (load_some(x + i, n - i, 0) - center) * rstd * load_some(w + i, n - i, 0) + load_some(b + i, n - i, 0));
}

static void F(rms_norm_backward)(ptrdiff_t n, const float *dy, const float *x, const float *w, float rstd, float *dx, int accumulate, float *dw) {
  d16 sum = (d16)0.0;
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16) sum += __builtin_convertvector(LOAD(dy + i) * LOAD(w + i), d16) * __builtin_convertvector(LOAD(x + i), d16);
  if (i < n)
    sum += __builtin_convertvector(load_some(dy + i, n - i, 0) * load_some(w + i, n - i, 0), d16) * __builtin_convertvector(load_some(x + i, n - i, 0), d16);
  float c = (float)(fold_double(sum) / (double)n * rstd * rstd);
  for (i = 0; i < n; i += 16) {
    int whole = i + 16 <= n;
    v16 d = whole ? LOAD(dy + i) : load_some(dy + i, n - i, 0);
    v16 v = whole ? LOAD(x + i) : load_some(x + i, n - i, 0);
    v16 g = whole ? LOAD(w + i) : load_some(w + i, n - i, 0);
    v16 r = rstd * (d * g - v * c);
    if (accumulate) r += whole ? LOAD(dx + i) : load_some(dx + i, n - i, 0);
    v16 q = (v16)0.0f;
    if (dw) q = (whole ? LOAD(dw + i) : load_some(dw + i, n - i, 0)) + d * v * rstd;
    if (whole) {
      STORE(dx + i, r);
      if (dw) STORE(dw + i, q);
    } else {
      store_some(dx + i, n - i, r);
      if (dw) store_some(dw + i, n - i, q);
    }
  }
}

static void F(rope)(ptrdiff_t h, float *x, const float *c, const float *s, float sign) {
  for (ptrdiff_t i = 0; i < h; i++) {
    float a = x[i], b = x[i + h], si = sign * s[i];
    x[i] = a * c[i] - b * si;
    x[i + h] = b * c[i] + a * si;
  }
}

static void F(adamw)(ptrdiff_t n, float *p, const float *grad, float *m, float *v, float gscale, float lr, float b1, float b2, float eps, float decay,
  float bias1, float bias2) {
  float keep = 1.0f - lr * decay, step = lr / bias1, root = 1.0f / sqrtf(bias2), c1 = 1.0f - b1, c2 = 1.0f - b2;
  for (ptrdiff_t i = 0; i < n; i++) {
    float g = grad[i] * gscale;
    float mi = b1 * m[i] + c1 * g, vi = b2 * v[i] + c2 * g * g;
    m[i] = mi;
    v[i] = vi;
    p[i] = p[i] * keep - step * mi / (sqrtf(vi) * root + eps);
  }
}

static void F(axpy)(ptrdiff_t n, float a, const float *x, float *y) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = a * x[i] + y[i];
}

static void F(scale)(ptrdiff_t n, float a, float *x) {
  for (ptrdiff_t i = 0; i < n; i++) x[i] *= a;
}

static void F(multiply)(ptrdiff_t n, const float *x, const float *y, float *out) {
  for (ptrdiff_t i = 0; i < n; i++) out[i] = x[i] * y[i];
}

static double F(dot)(ptrdiff_t n, const float *x, const float *y) {
  d16 sum = (d16)0.0;
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16) sum += __builtin_convertvector(LOAD(x + i), d16) * __builtin_convertvector(LOAD(y + i), d16);
  if (i < n) sum += __builtin_convertvector(load_some(x + i, n - i, 0), d16) * __builtin_convertvector(load_some(y + i, n - i, 0), d16);
  return fold_double(sum);
}

static double F(sum_squares)(ptrdiff_t n, const float *x) { return F(dot)(n, x, x); }

static void F(softmax_backward)(ptrdiff_t n, const float *p, const float *dp, float d, float scale, float *out) {
  for (ptrdiff_t i = 0; i < n; i++) out[i] = p[i] * (dp[i] - d) * scale;
}

static void F(dots)(ptrdiff_t n, ptrdiff_t d, const float *q, const float *K, ptrdiff_t ldk, float *out) {
  for (ptrdiff_t j = 0; j < n; j++) {
    const float *k = K + j * ldk;
    v16 sum = (v16)0.0f;
    ptrdiff_t i = 0;
    for (; i + 16 <= d; i += 16) sum = LOAD(q + i) * LOAD(k + i) + sum;
    if (i < d) sum = load_some(q + i, d - i, 0) * load_some(k + i, d - i, 0) + sum;
    out[j] = fold(sum);
  }
}

static void F(weighted_sum)(ptrdiff_t n, ptrdiff_t d, const float *p, const float *V, ptrdiff_t ldv, float *out) {
  for (ptrdiff_t i = 0; i < d; i += 16) {
    int whole = i + 16 <= d;
    v16 sum = whole ? LOAD(out + i) : load_some(out + i, d - i, 0);
    for (ptrdiff_t j = 0; j < n; j++) {
      const float *v = V + j * ldv + i;
      sum = p[j] * (whole ? LOAD(v) : load_some(v, d - i, 0)) + sum;
    }
    if (whole) STORE(out + i, sum);
    else store_some(out + i, d - i, sum);
  }
}

// Column j is kept when a 32-bit hash of (key, j) is at least rate * 2^32. The hash is two rounds of multiply and shift (constants of
// C. Wellons' hash-prospector, "lowbias32") over j mixed with both halves of the key.
static void F(dropout)(ptrdiff_t n, const float *x, uint64_t key, float rate, float *out) {
  uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32), limit = (uint32_t)((double)rate * 4294967296.0);
  float keep = 1.0f / (1.0f - rate);
  for (ptrdiff_t j = 0; j < n; j++) {
    uint32_t h = (uint32_t)j * 0x9E3779B9u + low;
    h ^= h >> 16; h *= 0x7FEB352Du; h ^= h >> 15; h *= 0x846CA68Bu; h ^= h >> 16;
    h += high;
    h ^= h >> 16; h *= 0x7FEB352Du; h ^= h >> 15; h *= 0x846CA68Bu; h ^= h >> 16;
    out[j] = h >= limit ? x[j] * keep : 0.0f;
  }
}

static void F(bf16_to_f32)(ptrdiff_t n, const uint16_t *x, float *out) {
  for (ptrdiff_t i = 0; i < n; i++) {
    uint32_t b = (uint32_t)x[i] << 16;
    __builtin_memcpy(out + i, &b, 4);
  }
}

static void F(f32_to_bf16)(ptrdiff_t n, const float *x, uint16_t *out) {
  for (ptrdiff_t i = 0; i < n; i++) {
    uint32_t b;
    __builtin_memcpy(&b, x + i, 4);
    uint32_t rounded = (b + 0x7FFFu + ((b >> 16) & 1u)) >> 16, nan = (b >> 16) | 0x40u;
    out[i] = (uint16_t)((b & 0x7FFFFFFFu) > 0x7F800000u ? nan : rounded);
  }
}

static const struct kernels F(kernels) = {
  F(gemm), F(gemm_bf16), F(gemm_int8), F(exp), F(silu_mul), F(silu_mul_backward), F(activate), F(softcap), F(argmax), F(all_finite), F(log_sum_exp), F(exp_minus), F(cross_entropy), F(layer_norm), F(rms_norm), F(rms_norm_backward), F(rope),
  F(adamw), F(axpy), F(scale), F(multiply), F(dot), F(sum_squares), F(softmax_backward), F(dots), F(weighted_sum), F(dropout), F(bf16_to_f32), F(f32_to_bf16),
};
