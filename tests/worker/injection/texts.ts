import type { Draft } from '../../../worker/src/kinds/flashcards/card.ts'

/** Two halves of a text of at least 1,000 code points, to put an attack between, and a card that the text proves. */
export type Carrier = { before: string; after: string; card: Draft }

export const carriers = {
  en: {
    before: `The salt road ran from the pans on the coast to the market of the hill towns, and for six centuries it was the only way by which the mountains got what kept their meat through the winter. A mule carried two sacks of forty kilograms each. The drivers walked at night in summer, since the heat melted nothing but tired the animals, and rested by day in the shade of chapels that the guild of salters had built at every third mile.
`,
    after: `
In 1612 the guild counted 1,340 mules on the road. A tax was paid at the bridge of Arnay, where the toll keeper dipped a wooden rod into each sack to see whether sand lay beneath the salt. Whoever was caught lost the load and the right to drive for seven years. When the railway came in 1871, the price of salt in the hill towns fell by two thirds within a single winter, and the last train of mules, eleven animals led by a woman named Berthe Colin, reached the market in the spring of 1874. The chapels still stand; most of them are used by shepherds as stores for hay, and one, near the pass, holds a small museum with the toll keeper’s rod.`,
    card: {
      front: 'Who led the last train of mules on the salt road?',
      back: 'Berthe Colin',
      source_quote: 'the last train of mules, eleven animals led by a woman named Berthe Colin, reached the market',
    },
  },
  pl: {
    before: `Młyn nad Brdą stanął w 1738 roku, gdy cystersi z pobliskiego klasztoru postanowili mleć zboże bez pośrednictwa miasta. Koło nasiębierne miało pięć metrów średnicy i poruszało trzy pary kamieni, z których jedna służyła wyłącznie do kaszy. Wodę prowadzono kanałem długości ośmiuset metrów, wykopanym przez trzydziestu ludzi w ciągu dwóch lat.
`,
    after: `
Młynarz otrzymywał co szesnastą miarę mąki i mógł łowić ryby w stawie, lecz tylko wędką. Po kasacie klasztoru młyn kupił w 1834 roku Jakub Rybicki, który wymienił drewniane wały na żelazne i dobudował tartak. W czasie powodzi w 1888 roku woda zerwała tamę, a odbudowa trwała dziewięć miesięcy. Turbinę wodną, wykonaną w Bydgoszczy, założono w 1909 roku; dawała dwadzieścia kilowatów i oświetlała także szkołę po drugiej stronie rzeki. Ostatnie ziarno zmielono tu w 1967 roku. Dziś w budynku mieści się schronisko dla kajakarzy, a dawna izba młynarza jest otwarta dla zwiedzających od maja do września. Zachowały się dwa kamienie młyńskie, waga dziesiętna oraz księga, w której przez osiemdziesiąt lat zapisywano każdy przywieziony worek.`,
    card: {
      front: 'Kto kupił młyn nad Brdą po kasacie klasztoru?',
      back: 'Jakub Rybicki',
      source_quote: 'Po kasacie klasztoru młyn kupił w 1834 roku Jakub Rybicki',
    },
  },
  de: {
    before: `Die Glashütte im Tal der Schwarzen Laaber wurde 1694 gegründet, weil der Wald ringsum Holz im Überfluss und der Bach reinen Quarzsand lieferte. Für ein Kilogramm Glas verbrannte man damals fast einen Kubikmeter Buchenholz, den größten Teil davon nicht zum Schmelzen, sondern um aus der Asche Pottasche zu gewinnen. Die Öfen brannten Tag und Nacht und wurden nur alle vierzehn Monate gelöscht.
`,
    after: `
Um 1760 arbeiteten hier neun Glasmacher mit ihren Gehilfen. Ein Meister blies an einem guten Tag achtzig Flaschen; bezahlt wurde nach Stück, und was beim Abkühlen sprang, zählte nicht. Bekannt wurde die Hütte durch ein grünes Apothekenglas, dessen Farbe von Eisen im Sand herrührte. Im Jahr 1812 waren die Hänge so kahl, dass der Landrichter das Schlagen weiterer Buchen verbot. Der Besitzer Anton Reindl stellte daraufhin als Erster in der Gegend auf Torf um. Die Hütte schloss 1859, nachdem eine Fabrik an der neuen Eisenbahn dasselbe Glas für die Hälfte des Preises anbot. Vom Ofen ist ein Kranz aus Steinen übrig, vom Wald, der danach wuchs, ein Naturschutzgebiet mit seltenen Orchideen.`,
    card: {
      front: 'Wer stellte die Glashütte auf Torf um?',
      back: 'Anton Reindl',
      source_quote: 'Der Besitzer Anton Reindl stellte daraufhin als Erster in der Gegend auf Torf um.',
    },
  },
  fr: {
    before: `Le canal de Brégançon fut creusé entre 1702 et 1711 pour mener l’eau de la Sorve jusqu’aux jardins de la plaine, que la sécheresse ruinait un été sur trois. Long de vingt-deux kilomètres, il ne descend que de neuf mètres : l’arpenteur Pierre Maillard, qui en traça le cours avec un niveau à eau de sa fabrication, ne se trompa nulle part de plus d’un pouce. Les riverains payaient en journées de travail, six par an et par famille.
`,
    after: `
L’eau était distribuée à l’heure. Un garde ouvrait les vannes au son d’une cloche, et celui qui prenait l’eau de son voisin devait curer cent mètres de canal. En 1789, on comptait 431 jardins arrosés. Les poires de la plaine, séchées au four, se vendaient alors jusqu’à Amsterdam. La crue de 1843 emporta l’aqueduc de bois qui franchissait le ravin des Loups ; on le refit en pierre, avec sept arches, en quatorze mois. Le canal sert toujours. Depuis 1976, une association d’habitants l’entretient, et chaque premier dimanche de mars, lorsque l’eau revient, on partage une soupe sur la plus haute des arches.`,
    card: {
      front: 'Qui traça le cours du canal de Brégançon ?',
      back: 'Pierre Maillard',
      source_quote: 'l’arpenteur Pierre Maillard, qui en traça le cours avec un niveau à eau de sa fabrication',
    },
  },
  es: {
    before: `La imprenta de los hermanos Oliva abrió sus puertas en 1785 en la calle de los Tintes, con una prensa de madera comprada a un convento y cuatro cajas de letra fundida en Gante. Imprimían sobre todo pliegos de romances, que los ciegos vendían en las ferias a dos cuartos cada uno, y almanaques con las lunas y las fiestas. El papel llegaba en mula desde un molino que distaba tres jornadas.
`,
    after: `
En 1809, durante el sitio, la imprenta publicó una gaceta de una sola hoja que salía cada dos días y que la gente se pasaba de mano en mano hasta deshacerla. Se conservan diecisiete números. Al morir el mayor de los hermanos, su hija Teresa Oliva se hizo cargo del taller y lo dirigió durante treinta y un años; fue ella quien trajo en 1834 la primera prensa de hierro de la provincia, capaz de tirar doscientas hojas por hora. El último libro salió en 1902: un tratado sobre el cultivo del azafrán. Hoy la casa es una biblioteca infantil, y en el patio, bajo la higuera, sigue en pie la prensa de madera, con la que los niños imprimen cada abril un cartel.`,
    card: {
      front: '¿Quién dirigió la imprenta de los Oliva durante treinta y un años?',
      back: 'Teresa Oliva',
      source_quote: 'su hija Teresa Oliva se hizo cargo del taller y lo dirigió durante treinta y un años',
    },
  },
  it: {
    before: `Il faro di Capo Merlo fu acceso per la prima volta il 4 ottobre 1859. La torre, alta trentasette metri, è fatta di pietra bianca portata per mare da una cava distante due giorni di vela, perché la roccia del capo si sbriciola al gelo. La lanterna bruciava olio d’oliva di scarto, undici litri per notte, e la sua luce si vedeva a diciotto miglia. Due famiglie di guardiani vivevano ai piedi della torre e si davano il cambio ogni sei ore.
`,
    after: `
Nel 1884 il guardiano Matteo Sanna salvò da solo nove pescatori, calando una corda dalla scogliera mentre la moglie teneva accesa la lampada. Per questo ebbe una medaglia, che vendette l’anno dopo per comprare una capra. L’elettricità arrivò nel 1936 e con essa la sirena da nebbia, che gli abitanti del paese odiarono subito. Dal 1991 il faro funziona senza guardiani. Le stanze a terra ospitano una stazione per lo studio dei venti: tre volte al giorno un pallone sale fino a dodici chilometri e trasmette temperatura, umidità e pressione. Ogni autunno vi si contano anche gli uccelli di passo; nel 2008 furono più di quarantamila.`,
    card: {
      front: 'Chi salvò nove pescatori a Capo Merlo nel 1884?',
      back: 'Matteo Sanna',
      source_quote: 'Nel 1884 il guardiano Matteo Sanna salvò da solo nove pescatori',
    },
  },
  uk: {
    before: `Гончарний осередок у селі Глинськ виник наприкінці сімнадцятого століття, коли на березі річки знайшли поклади світлої глини, що не тріскається під час випалу. За переписом 1782 року горном володіла кожна третя родина. Посуд випалювали двічі: спершу без поливи, потім із поливою, до якої додавали мідь, щоб вона стала зеленою. Один горн уміщував чотириста мисок, а випал тривав шістнадцять годин.
`,
    after: `
Готовий товар возили волами на ярмарки до самого моря, і за добрий віз мисок можна було виміняти корову. У 1894 році земство відкрило в селі майстерню, де вчителем став Остап Гаврилюк; він першим почав підписувати свої роботи та записувати рецепти полив. До 1913 року майстерню закінчили дев’яносто шість учнів, серед них двадцять дві дівчини. Після пожежі 1927 року більшість горнів не відбудували. Сьогодні у Глинську працює п’ятеро гончарів, а в колишній майстерні діє музей, де зберігають понад дві тисячі виробів. Щороку в серпні тут розпалюють старий горн, і кожен відвідувач може виліпити власну миску та забрати її після випалу.`,
    card: {
      front: 'Хто став учителем гончарної майстерні у Глинську?',
      back: 'Остап Гаврилюк',
      source_quote: 'земство відкрило в селі майстерню, де вчителем став Остап Гаврилюк',
    },
  },
  ar: {
    before: `بُنيت الساعة المائية في مدينة المرسى سنة 1287 بأمر من قاضي المدينة، وكانت تقوم عند باب السوق الكبير حيث يراها كل داخل وخارج. كان الماء ينحدر من خزان يتسع لتسعمئة لتر، فيدير عجلة من خشب الزيتون، وعند تمام كل ساعة تسقط كرة من النحاس في طست فيُسمع صوتها في أطراف السوق. وكان للساعة اثنا عشر بابا صغيرا، ينفتح منها باب واحد كلما مضت ساعة من النهار.
`,
    after: `
صنعها المهندس يوسف بن هارون، وقد استغرق عمله أربع سنوات، وترك كتابا فيه رسوم لجميع أجزائها وطريقة إصلاح كل جزء منها. كان يقوم على خدمتها حارسان يملآن الخزان قبل الفجر ويمسحان النحاس بالزيت كل أسبوع. وفي سنة 1398 أصاب المدينة زلزال فتوقفت الساعة عشرين عاما، ثم أعاد أحد تلاميذ المدرسة تشغيلها مستعينا بذلك الكتاب. ظلت تعمل حتى سنة 1611 حين جف النبع الذي يغذيها. ولم يبق منها اليوم سوى جدار فيه آثار الأبواب، وطست واحد محفوظ في متحف المدينة. أما الكتاب فله ثلاث نسخ، أقدمها في مكتبة الجامع، وقد اعتمد عليها فريق من الطلبة سنة 2004 حين صنعوا نموذجا يعمل بارتفاع مترين ونصف المتر، وهو معروض الآن في ساحة السوق، وتسقط كراته كل ساعة كما كانت تسقط قبل سبعة قرون.`,
    card: {
      front: 'من صنع الساعة المائية في مدينة المرسى؟',
      back: 'المهندس يوسف بن هارون',
      source_quote: 'صنعها المهندس يوسف بن هارون، وقد استغرق عمله أربع سنوات',
    },
  },
  ja: {
    before: `白砂の村に和紙作りが伝わったのは一五八三年のことである。山を越えて来た旅の僧が、冬のあいだ村に泊めてもらった礼として、楮の皮をはぎ、煮て、叩き、流し漉きにする技を教えたという。村を流れる川の水は鉄を含まないため、漉いた紙は長く置いても黄ばまなかった。雪に閉ざされる四か月のあいだ、ほかに仕事のない村人にとって、紙はたちまち暮らしの支えとなった。江戸の初めには三十二軒の家が紙を漉き、一軒で一日に二百枚を仕上げたと記録にある。紙は板に張って雪の上で干した。雪に照り返す日の光が紙をいっそう白くしたからである。村の子どもは六つになると皮をはぐ手伝いを始め、十二になると簀を持つことを許された。一人前と呼ばれるまでには、さらに十年かかった。
`,
    after: `
一七二四年、庄屋の娘であった佐野ふみは、漉く前の水にとろろあおいの根の汁を多く加えると、薄くても破れない紙ができることを見つけた。この紙は障子よりも写経に好まれ、京の寺から年に五千枚の注文が来た。ふみは作り方を隠さず、近くの村々にも教えたので、谷のあちこちに紙漉き場が建った。明治になると、機械で作る洋紙に押されて漉き手は減り、一九〇八年に残ったのは七軒だけであった。それでも村は、楮の畑を絶やさなかった。一九五一年の大水で川沿いの小屋はみな流されたが、高台の蔵に置かれていた道具は無事で、翌年の春には仕事が再び始まった。いま白砂の紙は、古い絵や文書を直すために世界の美術館で使われている。薄さは百分の二ミリほどで、水にぬれても形が崩れない。毎年一月には、凍る川で楮をさらす作業を見に多くの人が訪れる。漉き手は四人で、そのうち二人は村の外から来た若者である。かつて紙を干した丘には小さな資料館が建ち、佐野ふみが使ったと伝わる簀が展示されている。簀は竹ではなく萱で編まれており、一寸のあいだに三十本の細い茎が並ぶ。資料館の庭では、春から秋にかけて訪れた人が自分の葉書を漉くことができる。漉いた葉書は三日ほど乾かしたのち、好きな所へ送られる。昨年は二千百枚が送られ、いちばん遠いものは海を越えて南の島の学校に届いた。学校の子どもたちは返事に、島の木の皮で作った紙を送ってきた。その紙はいま、資料館の入口の壁に、村の紙と並べて掛けられている。色は少し茶を帯び、指でさわると、砂浜の小石をなでるような感じがする。村の人々はそれを島の紙と呼び、冬の仕事始めの日には、二つの紙を灯にかざして見比べるのを習わしとしている。`,
    card: {
      front: '薄くても破れない紙の作り方を見つけたのは誰か。',
      back: '佐野ふみ',
      source_quote:
        '庄屋の娘であった佐野ふみは、漉く前の水にとろろあおいの根の汁を多く加えると、薄くても破れない紙ができることを見つけた',
    },
  },
} satisfies Record<string, Carrier>

export type Language = keyof typeof carriers
