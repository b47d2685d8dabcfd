"""What the page's standard library goes without: modules that neither Pyodide nor the engine ever imports.

A test starts the engine on what is left.
"""

from typing import Final

_MODULES: Final = """
    _pydatetime _pyio _pyrepl _strptime antigravity bdb cProfile cmd colorsys compileall configparser csv ctypes
    difflib doctest fileinput filecmp ftplib getopt getpass gettext graphlib html idlelib imaplib lib2to3 mailbox
    modulefinder multiprocessing netrc nturl2path optparse pdb pickletools plistlib poplib pprint profile pstats pty
    py_compile pyclbr pydoc pydoc_data rlcompleter sched shelve smtplib socketserver sqlite3 statistics symtable
    tabnanny this timeit tomllib trace tracemalloc tty unittest wave webbrowser wsgiref xml xmlrpc zipapp
"""
_ENCODINGS: Final = """
    big5 big5hkscs charmap cp037 cp1006 cp1026 cp1125 cp1140 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257
    cp1258 cp273 cp424 cp500 cp65001 cp720 cp737 cp775 cp850 cp852 cp855 cp856 cp857 cp858 cp860 cp861 cp862 cp863
    cp864 cp865 cp866 cp869 cp874 cp875 cp932 cp949 cp950 euc_jis_2004 euc_jisx0213 euc_jp euc_kr gb18030 gb2312 gbk
    hp_roman8 hz iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3 iso2022_jp_ext iso2022_kr
    iso8859_1 iso8859_10 iso8859_11 iso8859_13 iso8859_14 iso8859_15 iso8859_16 iso8859_2 iso8859_3 iso8859_4
    iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_9 johab koi8_r koi8_t koi8_u kz1048 mac_arabic mac_croatian
    mac_cyrillic mac_farsi mac_greek mac_iceland mac_latin2 mac_roman mac_romanian mac_turkish mbcs oem palmos
    ptcp154 shift_jis shift_jis_2004 shift_jisx0213 tis_620
"""
LEFT_OUT: Final = (*_MODULES.split(), *(f"encodings/{name}" for name in _ENCODINGS.split()))
