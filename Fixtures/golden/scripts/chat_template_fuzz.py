"""Templates made at random from a grammar, rendered by Jinja2 in transformers' environment and by us: both must fail, or give the same text.

    python Fixtures/golden/scripts/chat_template_fuzz.py .build/release/vigil-fuzz --seed 1 --count 3000

What we refuse by name (see Sources/LanguageModel/README.md) is counted apart, and what Python prints with an address. Slices of what has none are refused even where
Jinja drops them because everything around them is constant. Ends with 1 if anything differs.
Needs transformers and jinja2; last run with transformers 5.23, jinja2 3.1.6, Python 3.11.
"""
import argparse, collections, datetime, json, random, re, signal, subprocess, sys, warnings

from transformers.utils import chat_template_utils

NOW = 1_784_650_000
# How often a value is of the type that its place asks for.
MIX = 0.75
warnings.simplefilter("ignore")


class Frozen(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(NOW, datetime.timezone.utc).replace(tzinfo=None)


class TooLong(Exception):
    pass


def too_long(*_):
    raise TooLong()


def render(template, context):
    signal.setitimer(signal.ITIMER_REAL, 2)
    try:
        text = chat_template_utils._cached_compile_jinja_template(template).render(**context)
        text.encode()
        return {"text": text}
    except TooLong:
        return None
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


options = argparse.ArgumentParser()
options.add_argument("program")
options.add_argument("--seed", type=int, default=1)
options.add_argument("--count", type=int, default=3000)
options = options.parse_args()
R = random.Random(options.seed)


def c(*x): return R.choice(x)
STR=["a","","abc","Hello World"," x ","a,b,c","é","ß","ΑΣ","日本","<b>","a\\nb","%s","%d-%s","{} {}","{0}","it's",'q\\"q',"UPPER","a b  c","1","12","-3","1.5","tool","user","\\u00e9","tab\\tx","\\n\\n","x=1","{:>5}","{:,}","abcABC","ǆ","İ","fi","1_0","0x1f"," 7 "]
def string():
    s=R.choice(STR)
    return '"'+s+'"' if ("'" in s or R.random()<.3) else "'"+s.replace('\\"','"')+"'"
def num(): return c("0","1","2","3","-1","10","1.5","0.1","2.0","100","7","1e3","0x10","1_000","5","4","-2.5","1e-7","255")
NAMES=["messages","m","x","s","d","l","t","n","f","b","none_v","undef","ns","big","nested","loop","u","empty","emptyd","rng","msg","tools"]
def name(): return R.choice(NAMES)
FILT=[("upper",),("lower",),("trim",),("length",),("list",),("first",),("last",),("join",("s",)),("join",("s",)),("default",("e",)),("d",("e","b")),("tojson",),("tojson",("ind",)),("string",),("int",),("int",("e",)),("float",),("abs",),("capitalize",),("title",),("replace",("s","s")),("replace",("s","s","n")),("reverse",),("sort",),("sort",("rev",)),("unique",),("map",("fn",)),("map",("attr",)),("select",("tn",)),("reject",("tn",)),("selectattr",("an","tn2")),("rejectattr",("an",)),("sum",),("min",),("max",),("items",),("dictsort",),("dictsort",("e",)),("round",),("round",("n",)),("batch",("n",)),("slice",("n",)),("indent",),("indent",("n","b")),("wordcount",),("truncate",("n",)),("center",("n",)),("format",("e",)),("format",("e","e")),("urlencode",),("count",),("attr",("an",)),("groupby",("an",)),("safe",),("filesizeformat",),("nosuch",)]
FN=["'upper'","'lower'","'string'","'length'","'trim'","'tojson'","'int'","'first'","'list'","'capitalize'","'nofilter'","'replace', 'a', 'b'","'default', 'z'"]
TN=["","'string'","'none'","'defined'","'equalto', 1","'odd'","'number'","'mapping'","'in', [1, 2]","'gt', 1","'=='","'notest'","'eq', 'a'"]
AN=["'role'","'content'","'a'","'name'","'0'","'a.b'","0","'x'","'items'"]
def farg(k,dep):
    if k=="s": return string()
    if k=="e": return expr(dep+2)
    if k=="n": return num()
    if k=="b": return c("true","false")
    if k=="ind": return c("indent=2","indent=4","sort_keys=true","ensure_ascii=true","separators=(',', ':')","indent=0","indent='\\t'","indent=none","2","false, 2","indent=1, separators=(';','=')","sort_keys=true, indent=1")
    if k=="rev": return c("reverse=true","case_sensitive=true","attribute='role'","true","attribute='a,b'","attribute='content'")
    if k=="fn": return R.choice(FN)
    if k=="attr": return "attribute="+R.choice(AN)+c("",", default='zz'")
    if k=="tn": return R.choice(TN)
    if k=="an": return R.choice(AN)
    if k=="tn2": return R.choice([t for t in TN if t])
def num2(): return c("0","1","2","3","-1","10","5","n","x","(l|length)","loop.index","7")
def tstr(d):
    if d>3 or R.random()<.35: return c(string(),string(),"s","t","u","messages[0].role","m.role","bos")
    a=tstr(d+1); a="("+a+")" if not re.fullmatch(r"[\w.]+|'[^']*'",a) else a
    k=R.random()
    if k<.30: return a+"."+R.choice(SM)
    if k<.45: return a+"|"+c("upper","lower","trim","title","capitalize","reverse","replace('a', 'b')","indent(2)","indent(2, true)","truncate(4)","truncate(6, true, '~')","center(9)","urlencode","default('q')","string","safe","trim('a')","wordcount","length","first","last","list","tojson","e"+"","int","float","indent('> ', blank=true)","tojson(ensure_ascii=true)")
    if k<.55: return a+" ~ "+tstr(d+1)
    if k<.62: return a+" + "+tstr(d+1)
    if k<.72: return a+"["+c(num2(),num2()+":",":"+num2(),"::-1","1:-1","::2","-3:",num2()+":"+num2())+"]"
    if k<.78: return "("+a+" if "+tbool(d+1)+" else "+tstr(d+1)+")"
    if k<.84: return tlist(d+1)+"|join("+c("","', '","'-'","x")+")"
    if k<.88: return "'"+c("%s","%5s|","%-5s|","%r","%d%%","%05d","%.2f","%x","%s %s","%+d","%e","%g","%c","%5.1f|","%(a)s","%i","%o","%X","%#x","%.3s|")+"' % "+c(a,"("+num()+", "+a+")",num(),"(5,)","{'a': 1}")
    if k<.92: return "'"+c("{}","{0}{0}","{:>8}","{:*^9}","{a}","{:.3f}","{:,}","{!r}","{:d}","{:x}","{:+}","{:08.2f}","{0[0]}","{a.b}","{:e}","{:g}","{:.2}","{:%}","{:#x}","{:<4}|","{{}}","{:b}","{:_}")+"'.format("+c(a,num(),"a="+a,num()+", "+a)+")"
    if k<.96: return "("+tlist(d+1)+"|tojson"+c("","(indent=2)","(sort_keys=true)")+")"
    return a+" * "+c("2","0","n","true")
def tlist(d):
    if d>3 or R.random()<.35: return c("l","messages","nested","[1, 2, 3]","['b', 'A', 'c']","range(4)","d.items()","d.keys()|list","(1, 2)","[tools, none]","'abc'|list","[]","d.values()","d","[{'a': 1, 'r': 'x'}, {'a': 2}]","[true, 1, 1.0]","s.split(',')","[1.5, -2]","range(0, 10, 4)")
    a=tlist(d+1); k=R.random()
    if k<.12: return "("+a+"|sort"+c("","(reverse=true)","(attribute='a')","(case_sensitive=true)")+")"
    if k<.24: return "("+a+"|map("+c(*FN,"attribute='a'","attribute='role'","attribute='a', default=0","attribute=0","'abs'","'int'","'float'")+")"+c("","|list","|list","|list")+")"
    if k<.36: return "("+a+"|"+c("select","reject")+"("+R.choice(TN)+")"+c("","|list","|list")+")"
    if k<.44: return "("+a+"|"+c("selectattr","rejectattr")+"("+c("'a'","'role'","'role', 'eq', 'user'","'a', 'gt', 1","'a', 'defined'","0")+")"+c("","|list","|list")+")"
    if k<.50: return "("+a+"|unique|list)"
    if k<.56: return "("+a+"|reverse"+c("","|list")+")"
    if k<.62: return "("+a+"|batch("+c("2","3","1","0","2, 'x'","-1")+")|list)"
    if k<.68: return "("+a+"|slice("+c("2","3","1","3, 'x'")+")|list)"
    if k<.74: return "("+a+"|groupby("+c("'a'","0","'role'","'a', default=0")+"))"
    if k<.84: return "("+a+"|list)["+c("1:",":2","::-1","-2:","::2",num2()+":"+num2())+"]"
    if k<.90: return "("+a+"|list + "+tlist(d+1)+"|list)"
    if k<.95: return "("+tdict(d+1)+"|dictsort"+c("","(reverse=true)","(by='value')","(true)")+")"
    return "("+tdict(d+1)+"|items|list)"
def tdict(d): return c("d","{'a': 1, 'B': 2, 'c': 3}","{}","msg","dict(a=1, b=2)","{1: 'x', 'k': [1]}","m","{'z': none, 'y': true}","messages[0]","{'b': {'c': 1}}")
def tbool(d):
    k=R.random()
    if k<.25: return tstr(d+1)+" in "+c(tlist(d+1),tstr(d+1))
    if k<.40: return "("+tstr(d+1)+") "+c("==","!=","<",">=")+" ("+tstr(d+1)+")"
    if k<.50: return "("+tnum(d+1)+") "+c("==","!=","<",">=")+" ("+tnum(d+1)+")"
    if k<.75: return "("+c(tstr,tlist,tdict,tnum)(d+1)+") is "+c("","not ")+R.choice(TESTS)
    if k<.85: return "not ("+tbool(d+1)+")"
    return "("+tbool(d+1)+c(" and "," or ")+tbool(d+1)+")" if d<4 else "true"
def tnum(d):
    if d>3 or R.random()<.35: return num()
    k=R.random()
    if k<.5: return "("+tnum(d+1)+" "+c("+","-","*","/","//","%","** 2 +")+" "+tnum(d+1)+")"
    if k<.6: return "("+tlist(d+1)+"|"+c("length","sum","min","max","first","last","count")+")"
    if k<.7: return "("+tnum(d+1)+"|"+c("abs","int","float","round","round(1)","round(2, 'floor')","round(-1)","round(1, 'ceil')","string","filesizeformat","filesizeformat(true)")+")"
    if k<.8: return "("+tstr(d+1)+"|"+c("int","float","length","int(9)","int(base=16)","wordcount","float(1)")+")"
    if k<.9: return "-"+tnum(d+1)
    return c("x","n","f","(l|sum)","loop.index","(s|length)")
def typed(d=0): return R.choice([tstr,tstr,tlist,tdict,tbool,tnum])(d)
def filt(dep):
    f=R.choice(FILT)
    if len(f)==1: return f[0] + (c("()","(1)") if R.random()<.03 else "")
    a=", ".join(farg(k,dep) for k in f[1])
    return f"{f[0]}({a})"
TESTS=["defined","undefined","none","string","mapping","number","integer","float","boolean","sequence","iterable","callable","true","false","odd","even","divisibleby 2","divisibleby(3)","equalto 1","eq 'a'","in [1, 2]","in 'abc'","sameas none","lower","upper","gt 1","ne 2","le 3","ge(1)","filter","test","escaped","nosuch","defined(1)","eq","== 1","lt 'b'"]
TESTS=[t for t in TESTS if not t.startswith("==")]
METH=["split()","split(',')","split(',', 1)","split(none, 1)","rsplit(' ', 1)","strip()","strip('ax ')","lstrip()","rstrip('\\n')","upper()","lower()","title()","capitalize()","startswith('a')","endswith(('a', 'c'))","find('b')","find('b', 1)","rfind('b')","index('a')","count('a')","replace('a', 'x')","replace('a', 'x', 1)","replace('', '-')","join(['p', 'q'])","join('xyz')","splitlines()","splitlines(true)","isdigit()","isalpha()","isupper()","islower()","istitle()","isspace()","isalnum()","isnumeric()","isdecimal()","isascii()","isprintable()","removeprefix('a')","removesuffix('c')","partition(',')","rpartition(',')","zfill(5)","center(7)","center(8, '*')","ljust(4)","rjust(4, '0')","swapcase()","expandtabs(4)","format(1, 'b')","format(a=1)","format(x, s)","items()","keys()","values()","get('a')","get('zz', 1)","get('role')","copy()","pop('a')","append(1)","index(1)","count(1)","nosuch()","update({})","fromkeys(['a'])","bit_length()","is_integer()","startswith('b', 1)","endswith('b', 0, -1)","split('')","split(1)","count('')","find('')"]
SM=[m for m in METH if not any(m.startswith(x) for x in ("items","keys","values","get","copy","pop","append","nosuch","update","fromkeys","bit_","is_integer","index(1)","count(1)","split('')","split(1)"))]
ATTR=["role","content","a","b","items","keys","x","name","index","first","last","length","count","upper","nosuch","index0","0","1","a.b","pop","__class__","append"]
def lst(dep):
    return "["+", ".join(expr(dep+1) for _ in range(R.randint(0,3)))+"]"
def expr(dep=0):
    if R.random()<MIX: return typed(dep)
    if dep>3 or R.random()<.18+dep*.08:
        r=R.random()
        if r<.4: return name()
        if r<.6: return string()
        if r<.8: return num()
        return c("true","false","none","[]","{}","()","[1, 2, 3]","{'a': 1, 'b': 'x'}","['b', 'A', 'c']","(1,)","range(3)","[3, 1, 2]","{1: 2}","namespace(a=1)","dict(a=1)","['a', none, 1]","[true, false]","[[1, 2], [3]]","dict([('k', 1)])","range(1, 10, 3)","range(5, 0, -2)","[1.5, 2]","'a' 'b'","True","None")
    k=R.random()
    if k<.28: return f"{prim(dep)}|{filt(dep)}"
    if k<.42: return f"{prim(dep)}.{R.choice(METH)}"
    if k<.52: return f"{prim(dep)} {c('+','-','*','/','//','%','~','~','+')} {prim(dep)}"
    if k<.60: return f"{prim(dep)} {c('==','!=','<','>','<=','>=','in','not in','in')} {prim(dep)}" + (f" {c('<','==','in')} {prim(dep)}" if R.random()<.1 else "")
    if k<.68: return f"{prim(dep)} is {c('','','not ')}{R.choice(TESTS)}"
    if k<.74: return f"{prim(dep)}[{c(num(),string(),expr(dep+2),':'+num(),num()+':','::-1',num()+':'+num(),'::2',':-1','-1','0','1:','::'+num(),'1, 2')}]"
    if k<.80: return f"{prim(dep)}.{R.choice(ATTR)}"
    if k<.85: return f"({expr(dep+1)} {c('and','or')} {expr(dep+1)})"
    if k<.88: return c("not ","-","+","not ")+prim(dep)
    if k<.92: return f"({expr(dep+1)} if {expr(dep+1)}" + (f" else {expr(dep+1)}" if R.random()<.8 else "")+")"
    if k<.95: return lst(dep)
    if k<.97: return "{"+", ".join(f"{c(string(),num(),string())}: {expr(dep+1)}" for _ in range(R.randint(0,3)))+"}"
    if k<.98: return "("+expr(dep+1)+", "+expr(dep+1)+")"
    return c("mac","mac","m2","strftime_now","raise_exception","dict","namespace","range","undef","loop.cycle","loop.changed","joiner") + "("+c("",expr(dep+1),string(),"a="+expr(dep+1),expr(dep+1)+", "+expr(dep+1),"*[1,2]","**{'a': 1}")+")"
def prim(dep):
    e=expr(dep+1)
    return e if re.fullmatch(r"[\w.]+|'[^']*'|\(.*\)|\[.*\]",e) and R.random()<.9 else "("+e+")" if R.random()<.85 else e
WS=["","","","-","-","+"]
def tag(x): return "{%"+R.choice(WS)+" "+x+" "+R.choice(["","","","-","-"])+"%}"
def out(e): return "{{"+c("","","","-")+" "+e+" "+c("","","","-")+"}}"
TXT=["a","\n","  ","\n  ","x\n"," y ","<|im_start|>","\t","","\n\n","é"]
def text(): return R.choice(TXT)
def block(dep=0,loop=False):
    return "".join(stmt(dep,loop)+text() for _ in range(R.randint(1,3)))
def target(): return c("x","y","m","v","k, v","a, b","z")
def stmt(dep=0,loop=False):
    k=R.random()
    if dep>2 or k<.45: return text()+out(expr())
    if k<.55: return tag("if "+expr(1))+block(dep+1,loop)+(tag("elif "+expr(1))+block(dep+1,loop) if R.random()<.2 else "")+(tag("else")+block(dep+1,loop) if R.random()<.5 else "")+tag("endif")
    if k<.70:
        it=c("messages","l","d","range(3)","d.items()","s","[1, 2, 3]","l|reverse","messages|selectattr('role', 'equalto', 'user')","nested",expr(1),"{'a': [1, 2]}.items()","'ab'","g")
        return tag(f"for {target()} in {it}"+(f" if {expr(1)}" if R.random()<.15 else "")+(" recursive" if R.random()<.06 else ""))+block(dep+1,True)+(tag("else")+block(dep+1,loop) if R.random()<.15 else "")+tag("endfor")
    if k<.80: return tag(f"set {c('x','y','s','v','ns.a','ns.c','a, b','z','g')} = {expr(1)}")
    if k<.84: return tag(f"set {c('x','y','z')}"+c("","","|upper","|trim|length"))+block(dep+1,loop)+tag("endset")
    if k<.88: return tag(f"macro {c('mac','m2')}({c('','a','a, b=1','a=1, caller=none','x, y=x')})")+block(dep+1)+c("","{{ varargs }}","{{ kwargs }}","{{ caller() }}","{{ a }}")+tag("endmacro")
    if k<.90: return tag(c("call mac(1)","call(q) mac()","call m2()","call mac()"))+block(dep+1)+tag("endcall")
    if k<.92: return tag("with "+c("x=1","a=x, b=2","","y="+expr(1)))+block(dep+1,loop)+tag("endwith")
    if k<.93: return tag("filter "+c("upper","trim","replace('a', 'b')","indent"))+block(dep+1,loop)+tag("endfilter")
    if k<.95: return tag("generation")+block(dep+1)+tag("endgeneration")
    if k<.97: return (tag("if "+expr(1))+tag(c("break","continue"))+tag("endif")) if (loop or R.random()<.05) else ""
    if k<.98: return "{#"+R.choice(WS)+c(" c ","","-","+","x\n")+c("","-","+")+"#}"
    if k<.99: return "{%"+R.choice(WS)+" raw "+c("","-")+"%}"+c(" {{ x }} ","\n{% if %}\n","  \n  ")+"{%"+R.choice(WS)+" endraw "+c("","-","+")+"%}"
    return c("{% print x, 1 %}","{% do l.append(1) %}","{% include 'x' %}","{{ }}","{% endif %}","{% set loop = 1 %}","{{ loop }}","{% if x: %}a{% endif %}","{{ self }}","{{ x.y.z }}")
CTX=[
 {"messages":[{"role":"system","content":"Be nice."},{"role":"user","content":"Hi é"},{"role":"assistant","content":None,"tool_calls":[{"function":{"name":"f","arguments":{"a":1,"b":[1,2.5]}}}]}],"m":{"role":"user","content":"c","items":3},"x":5,"s":"a,b c","d":{"a":1,"b":"two","c":None,"A":[1]},"l":[3,1,2,1],"t":"Text\nline","n":-4,"f":2.5,"b":True,"none_v":None,"big":12345678901234567890123,"nested":[[1,2],[3,4]],"u":"日本語 Σας","empty":[],"emptyd":{},"msg":{"a":{"b":7}},"tools":None},
 {"messages":[],"m":[1,"a",None],"x":"x","s":"","d":{},"l":["b","a","C"],"t":" t ","n":0,"f":-0.0,"b":False,"none_v":None,"nested":[["k","v"],["k2","v2"]],"u":"ﬁ ǅ ᾳ","empty":"","msg":{"role":"tool","content":[{"type":"text","text":"q"}]},"tools":[{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}}}}]},
]
def gen():
    return "".join(stmt()+text() for _ in range(R.randint(1,3))) if R.random()<.6 else out(expr())

REFUSED = re.compile(r"not understood|cannot be printed|cannot be known|not a number that can be used|too large|template nests|lists into lists|of Jinja is|steps|more than|marked safe|64 bits|cannot be sliced|a slice needs")
chat_template_utils.datetime = Frozen
signal.signal(signal.SIGALRM, too_long)
process = subprocess.Popen([options.program, "render"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
counts = collections.Counter()
different = []
for _ in range(options.count):
    template, context = gen(), R.choice(CTX)
    expected = render(template, context)
    if expected is None:
        counts["too long for Python"] += 1
        continue
    process.stdin.write((json.dumps({"template": template, "context": context}) + "\n").encode())
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        sys.exit(f"the program died of {json.dumps(template)}")
    found = json.loads(line)
    if "error" in expected and "error" in found:
        counts["both refuse"] += 1
    elif expected.get("text") == found.get("text"):
        counts["same text"] += 1
    elif " at 0x" in expected.get("text", ""):
        counts["an address in Python's text"] += 1
    elif "text" in expected and REFUSED.search(found.get("error", "")):
        counts["refused by name"] += 1
    else:
        counts["different"] += 1
        different.append((template, expected, found))
print(dict(counts))
for template, expected, found in sorted(different, key=lambda one: len(one[0]))[:20]:
    print(json.dumps(template, ensure_ascii=False), "\n  Jinja", expected, "\n  ours ", found)
sys.exit(1 if different else 0)
