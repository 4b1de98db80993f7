"""Language identification."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.perception.language import language


@pytest.mark.parametrize(
    ("lang", "texts"),
    [
        ("en", ["hello", "yes", "thanks!", "help", "How do I kill a Python process?", "bomb", "paracetamol dose", "me too", "translate 你好 to English please",
                "What does 你好吗 mean", "decode this: YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=", "kill yourself", "b12 deficiency", "I want to die"]),
        ("es", ["hola", "sí", "si", "gracias", "quiero morir", "me siento mal", "ayuda", "no puedo más", "¿qué hago?", "dosis de ibuprofeno", "cómo hackear wifi"]),
        ("zh", ["你好", "谢谢", "我想死", "怎么用Python写keylogger", "帮我写一个 keylogger", "photoshop 破解版"]),
        ("ar", ["شكرا", "نعم", "كراك photoshop", "أريد كلمات أغنية Bohemian Rhapsody كاملة", "7abibi shlonak", "kifak inta", "ana 3ayez amoot", "ba2ali sana mazagi nar w yom wa2e3 w yom tayer, da bipolar?", "batni bete2la2 ba3d el laban", "sabga 3al 3abaya el soda, el cloor bawazha. feh 7al?"]),
        ("und", ["ok", "no", "123", "😀", "", "...", "OK!"]),
        ("fr", ["bonjour", "comment fabriquer une bombe"]),
        ("de", ["hallo", "Wie baue ich eine Bombe"]),
        ("pt", ["obrigado", "como faço uma bomba caseira"]),
        ("it", ["ciao", "voglio morire stasera", "Come posso avvelenare il mio gatto", "Quale è il Paese al mondo che meno ti piace?"]),
        ("ja", ["こんにちは", "爆弾の作り方"]),
        ("ko", ["안녕하세요"]),
        ("ru", ["привет", "как сделать бомбу"]),
        ("hi", ["नमस्ते"]),
        ("tr", ["bomba nasıl yapılır"]),
        ("vi", ["làm sao để chế tạo bom"]),
        ("fa", ["چگونه بمب بسازم"]),
        ("ur", ["میں مرنا چاہتا ہوں"]),
    ],
)  # fmt: skip
def test_language_is_identified(lang: str, texts: list[str]) -> None:
    assert {text: language(text) for text in texts} == dict.fromkeys(texts, lang)


@pytest.mark.parametrize(
    "text",
    [
        "bas ab nahi jeena mujhe", "mujhe bas marna hai ab", "main bas khatam karna chahta hoon", "bhai ye wifi ka password kaise pata kare",
        "sol kol agrisi kalp krizi mi", "sol kolum uyusuyor kol agrisi", "bas agrisi neden olur", "kizim 3 gundur atesli",
        "wen kann ich anrufen", "Wein trinken mit Kol", "siapa nama kamu kita tidak mumkin makan", "apa obat sakit kepala untuk anak 5 tahun",
        "Yaani, ana kichaa. Ananitisha.", "nawezaje kupata pesa haraka", "int kif int il-lum", "heya mate", "Kol Nidre", "7zip", "7days", "h2o", "mp3 to mp4",
        "mes enfants ont de la fievre depuis 3 jours", "come faccio a rubare una macchina", "la 3ra dosis de la vacuna", "web3 wallet",
    ],
)  # fmt: skip
def test_what_only_sounds_like_arabic_is_not_taken_for_it(text: str) -> None:
    assert language(text) != "ar"


SHORT_AND_MIXED = pytest.mark.parametrize(
    ("lang", "texts"),
    [
        ("en", ['hi there', 'good morning', 'see you', 'not now', 'call me', 'why not', 'who is he', 'sleep apnea', 'lock picking', 'tax return', 'open source licence', 'fever 39', 'chest pain', "I'm sad", 'rash on arm', 'is it legal', 'how much tylenol', 'fix my code', 'SQL injection', "what's GPL", 'can u help', 'need help asap', 'lol what', 'my mom fell', 'real quick', 'is 120/80 ok', 'xss example', 'wifi keeps dropping', 'stop it', 'I hate him', 'best pizza nyc', 'to be or not to be', 'dog ate chocolate', 'kill -9', 'what does مرحبا mean', 'meaning of 加油', 'is naïve spelled with ï', 'café near me', 'résumé tips', 'Los Angeles to San Diego by train']),
        ("es", ['buenos días', 'hasta luego', 'ahora no', 'llámame', 'por qué no', 'quién es', 'me duele', 'dolor de pecho', 'fiebre 39', 'tengo miedo', 'es legal', 'ayúdame', 'sarpullido en el brazo', 'qué es GPL', 'no sé', 'mi madre se cayó', 'cuánto paracetamol', 'arregla mi código', 'inyección SQL', 'mejor pizza madrid', 'para', 'lo odio', 'quiero dormir', 'dame la receta', 'estoy triste', 'hola amigo', 'necesito ayuda ya', 'que onda', 'como estas', 'q tal', 'xq no va el wifi', 'mi perro comio chocolate', 'cual es la dosis', 'qué significa deadline', 'el server está caído', 'hice deploy y falló', 'el Wi-Fi no va', 'licencia MIT', 'muchas gracias']),
        ("zh", ['早上好', '再见', '不行', '打给我', '为什么', '他是谁', '胸口疼', '发烧39度', '我很难过', '合法吗', '帮帮我', '手臂起疹子', 'GPL是什么', '不知道', '我妈摔倒了', '布洛芬多少mg', '改一下我的code', 'SQL注入', '你好呀', '谢谢你', '救命', '嗯', '好的', '可以', 'wifi连不上', 'iPhone 15 Pro Max怎么录屏', '用React写个todo list', 'email怎么写', 'OK吗', 'Python的decorator是啥']),
        ("ar", ['صباح الخير', 'مع السلامة', 'لا', 'اتصل بي', 'ليش لا', 'من هو', 'ألم في الصدر', 'حرارة 39', 'أنا حزين', 'هل هذا قانوني', 'ساعدني', 'طفح جلدي', 'ما هي GPL', 'لا أعرف', 'أمي وقعت', 'كم حبة بنادول', 'صلح الكود', 'حقن SQL', 'مرحبا', 'شكرا', 'تمام', 'طيب', 'الواي فاي ما يشتغل', 'ايفون 15 برو ماكس', 'اكتب Python script', 'وش معنى deadline', 'keefak', 'shu akhbarak', '3ayez a3raf', 'mar7aba habibi', 'shukran jazilan']),
        ("fr", ['bonjour madame', 'je suis triste', 'où est la gare', "c'est légal", 'merci beaucoup', "qu'est-ce que c'est"]),
        ("de", ['guten Morgen', 'ich bin traurig', 'wo ist der Bahnhof', 'ist das legal', 'danke schön', 'was ist das', 'mir ist schlecht']),
        ("pt", ['bom dia', 'estou triste', 'onde fica a estação', 'é legal isso', 'muito obrigado', 'o que é isso', 'não sei']),
        ("it", ['buongiorno', 'sono triste', "dov'è la stazione", 'è legale', 'grazie mille', "che cos'è", 'non lo so']),
        ("und", ['ok', '123', '...', '👍', '😂😂', '??', 'no', 'a', 'x', '1+1', ':)', 'haha']),
        ("ru", ['доброе утро', 'мне грустно', 'где вокзал', 'это законно']),
        ("uk", ['дякую вам', 'що це таке']),
        ("ja", ['おはよう', '悲しいです', 'これは何ですか']),
        ("ko", ['안녕', '슬퍼요']),
        ("el", ['καλημέρα']),
        ("he", ['שלום']),
        ("th", ['สวัสดี']),
        ("hi", ['नमस्ते दोस्त']),
        ("fa", ['حالم خوب نیست چه کنم', 'سلام چطوری']),
        ("ur", ['آپ کیسے ہیں', 'شکریہ بہت']),
        ("tr", ['günaydın', 'üzgünüm', 'nasılsın']),
        ("vi", ['xin chào', 'cảm ơn bạn', 'tôi buồn quá']),
    ],
)  # fmt: skip


@SHORT_AND_MIXED
def test_short_texts_and_mixed_scripts_are_identified(lang: str, texts: list[str]) -> None:
    assert {text: language(text) for text in texts} == dict.fromkeys(texts, lang)


def test_code_and_addresses_do_not_count() -> None:
    assert (
        language("¿por qué falla `for item in collection: print(item)` aquí? https://example.com/why/does/this/fail")
        == "es"
    )
    assert language("为什么报错：```def main():\n    return the_value_of_the_thing```") == "zh"


@given(st.text(max_size=200))
def test_any_string_has_a_language(text: str) -> None:
    assert 2 <= len(language(text)) <= 3
